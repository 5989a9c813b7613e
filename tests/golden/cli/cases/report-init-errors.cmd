idletax report -i life.trace
