idletax whatif -i pair.trace --memory svc-dev-x=512
