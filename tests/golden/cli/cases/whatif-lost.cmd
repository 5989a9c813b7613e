idletax whatif -i lost.trace --inline svc-dev-a/svc-dev-b
