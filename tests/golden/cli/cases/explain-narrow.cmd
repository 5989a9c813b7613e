COLUMNS=60 idletax explain -i lost.trace 2
