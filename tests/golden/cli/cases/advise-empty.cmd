idletax advise -i blind.trace
