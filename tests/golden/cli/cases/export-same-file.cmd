idletax export -i pair.trace -f xray -o pair.trace
