idletax whatif -i pair.trace --json --async svc-dev-a/b
