idletax diff pair.trace lost.trace --json
