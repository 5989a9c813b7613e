idletax export -i pair.trace -f xray >/dev/full
