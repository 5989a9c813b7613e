idletax report -i pair.trace >/dev/full
