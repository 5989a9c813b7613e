idletax export -i traces.trace --format=xray -o x.json; ls; head -c 400 x.json
