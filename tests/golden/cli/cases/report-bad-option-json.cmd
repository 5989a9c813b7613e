idletax report --json --frobnicate
