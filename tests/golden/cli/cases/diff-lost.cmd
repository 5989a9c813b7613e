idletax diff lost.trace pair.trace | head -5; idletax diff pair.trace lost.trace >/dev/null
