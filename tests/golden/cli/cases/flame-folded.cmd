idletax flame -i pair.trace -o -
