idletax whatif -i pair.trace --async svc-dev-a/svc-dev-b --memory svc-dev-b=2048
