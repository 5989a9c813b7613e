idletax export -i pair.trace -f xray | sed 's/"evidence":\[[^]]*\]/"evidence":[]/g; s/"reason":"[a-z_]*",//g'
