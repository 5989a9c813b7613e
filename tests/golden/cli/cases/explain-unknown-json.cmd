idletax explain -i pair.trace --json nobody
