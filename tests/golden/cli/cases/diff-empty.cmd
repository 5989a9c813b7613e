idletax diff --json blind.trace blind.trace | head -24; idletax diff blind.trace pair.trace | head -24
