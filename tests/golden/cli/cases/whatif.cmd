idletax whatif -i pair.trace --inline svc-dev-a/svc-dev-b
