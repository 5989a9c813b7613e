idletax report -i traces.trace
