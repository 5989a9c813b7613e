idletax flame -i pair.trace -o nowhere/x.svg
