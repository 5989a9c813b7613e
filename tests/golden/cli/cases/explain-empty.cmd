idletax explain -i blind.trace 0
