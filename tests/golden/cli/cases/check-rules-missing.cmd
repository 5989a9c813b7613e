idletax check -i pair.trace --rules none --max-overhead 1
