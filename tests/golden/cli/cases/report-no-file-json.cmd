idletax report --json
