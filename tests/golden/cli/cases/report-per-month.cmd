idletax report -i pair.trace --per-month 1000000 | tail -2; idletax report -i pair.trace --json --per-month 1000000 | grep -A11 "^  \"per_month\""
