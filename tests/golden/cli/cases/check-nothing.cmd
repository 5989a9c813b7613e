idletax check -i pair.trace
