printf "damage" | dd of=pair.trace bs=1 seek=300 conv=notrunc status=none; idletax export -i pair.trace -f xray -o x.json; echo "status $?"; ls x.json 2>&1
