idletax explain -i pair.trace
