idletax timeline -i pair.trace --chain 9
