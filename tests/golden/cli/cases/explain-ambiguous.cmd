idletax explain -i nat-alike.trace 2
