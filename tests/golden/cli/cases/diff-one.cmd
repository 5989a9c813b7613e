idletax diff pair.trace
