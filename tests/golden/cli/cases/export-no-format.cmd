idletax export -i pair.trace
