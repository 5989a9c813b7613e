idletax report -i pair.trace --lines >/dev/full
