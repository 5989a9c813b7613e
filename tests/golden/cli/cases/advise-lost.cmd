idletax advise -i lost.trace
