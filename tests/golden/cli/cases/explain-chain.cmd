idletax explain -i pair.trace --chain "#1"
