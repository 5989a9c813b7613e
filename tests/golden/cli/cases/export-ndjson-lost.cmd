idletax export -i lost.trace -f ndjson | grep -n '"loss"'
