idletax explain -i pair.trace r
