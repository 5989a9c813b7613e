idletax explain -i timer-io-lock-runnable.trace 0
