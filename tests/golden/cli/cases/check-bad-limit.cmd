idletax check -i pair.trace --max-billed-p99 500
