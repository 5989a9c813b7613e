idletax check -i none.trace --max-overhead 1
