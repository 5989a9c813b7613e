idletax export -i traces.trace --format=xray -o x.json; ls | grep -v '\.trace$'; head -c 400 x.json
