idletax report -i cut.trace
