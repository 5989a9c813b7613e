idletax report -i pair.trace
