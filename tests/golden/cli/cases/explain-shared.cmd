idletax explain -i concurrent-event-loop.trace 1
