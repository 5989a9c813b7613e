idletax flame -i pair.trace -o x.png
