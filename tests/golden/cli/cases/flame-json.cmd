idletax flame -i pair.trace --json 
