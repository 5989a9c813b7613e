COLUMNS=60 idletax advise -i many.trace
