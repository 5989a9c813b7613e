idletax report -i pair.trace --lines --invocations
