idletax report -i pair.trace --json --per-month 999999999999999
