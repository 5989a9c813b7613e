idletax whatif -i pair.trace --json --parallel svc-dev-a
