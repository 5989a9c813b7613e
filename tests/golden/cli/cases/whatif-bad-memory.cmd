idletax whatif -i pair.trace --memory svc-dev-a=0
