idletax export -i pair.trace -f csv -o x.csv; cut -d, -f 1-3,8,30-36 x.csv | tr -d '\r'
