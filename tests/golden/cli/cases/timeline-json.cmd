idletax timeline -i pair.trace --json --chain 0
