idletax check -i retry.trace --max-retry-waste 10% --max-retry-waste b=100% --max-orphaned 0 --min-budget a/b=1s
idletax check -i case-caller-times-out.trace --max-orphaned 10% --min-budget 1s
