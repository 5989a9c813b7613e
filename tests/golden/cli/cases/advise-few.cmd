idletax advise -i pair.trace
