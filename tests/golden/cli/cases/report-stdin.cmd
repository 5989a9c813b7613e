idletax report -i - <pair.trace | head -3
