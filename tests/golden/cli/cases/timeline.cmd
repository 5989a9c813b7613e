idletax timeline -i pair.trace
