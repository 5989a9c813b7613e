idletax explain -i pair.trace 0
