idletax export -i pair.trace -f ndjson | sed 's/"evidence":\[[^]]*\]/"evidence":[]/g; s/"reason":"[a-z_]*",//g'
