idletax advise -i many.trace
