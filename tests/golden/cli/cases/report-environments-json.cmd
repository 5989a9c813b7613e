idletax report -i life.trace --environments --json
