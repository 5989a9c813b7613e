idletax check -i pair.trace --json --max-overhead much
