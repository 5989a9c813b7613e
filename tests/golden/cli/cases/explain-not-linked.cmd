idletax explain -i calls-not-linked.trace 0
