LC_ALL=C COLUMNS=72 idletax timeline -i pair.trace --chain 1
