idletax report -i life.trace --environments --invocations
