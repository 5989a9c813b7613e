idletax explain -i pair.trace --json 3
