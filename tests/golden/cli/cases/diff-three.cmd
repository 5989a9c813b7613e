idletax diff pair.trace pair.trace pair.trace
