idletax whatif -i pair.trace --price-plan us-east-1-managed-instances --inline svc-dev-a/svc-dev-b
