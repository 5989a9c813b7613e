idletax export -i lost.trace -f xray -o x.json
