idletax diff pair.trace pair.trace
