idletax report -i pair.trace --json --invocations
