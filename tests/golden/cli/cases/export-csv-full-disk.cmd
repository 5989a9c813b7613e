idletax export -i pair.trace -f csv >/dev/full
