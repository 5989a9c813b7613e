idletax flame -i pair.trace -o x.folded --weight idle; cat x.folded
