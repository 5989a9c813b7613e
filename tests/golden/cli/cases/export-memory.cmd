idletax export -i pair.trace -f csv --memory "*=3000" -o out.csv && cut -d, -f28,29 out.csv; idletax export -i pair.trace -f csv --memory nobody=3000 -o out.csv; ls out.csv
