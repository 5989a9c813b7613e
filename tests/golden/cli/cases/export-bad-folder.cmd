idletax export -i pair.trace -f xray -o nowhere/x.json
