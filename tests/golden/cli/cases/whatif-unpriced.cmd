idletax whatif -i unpriced.trace --memory svc-dev-b=2048
