echo before >x.json; idletax export -i none.trace -f xray -o x.json; echo "status $?"; cat x.json
