idletax diff pair.trace none.trace --json
