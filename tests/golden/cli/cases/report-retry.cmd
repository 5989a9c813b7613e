idletax report -i retry.trace
