idletax explain -i pair.trace 99
