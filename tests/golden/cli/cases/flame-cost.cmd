idletax flame -i pair.trace -o - --weight cost
