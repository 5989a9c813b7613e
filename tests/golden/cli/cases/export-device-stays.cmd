ln -s /dev/full full; idletax export -i pair.trace -f xray -o full; echo "status $?"; ls full
