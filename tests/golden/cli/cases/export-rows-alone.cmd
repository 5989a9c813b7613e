idletax export -i pair.trace -f ndjson --rows calls
