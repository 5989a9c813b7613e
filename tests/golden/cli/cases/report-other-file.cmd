idletax report -i missing.trace
