idletax export -i pair.trace -f csv --rows lines
