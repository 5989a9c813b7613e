idletax advise -i life.trace
