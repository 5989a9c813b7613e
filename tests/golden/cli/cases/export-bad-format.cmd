idletax export -i pair.trace -f zipkin
