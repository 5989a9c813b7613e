idletax report -i lost.trace
