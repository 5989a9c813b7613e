idletax explain 0 -i pair.trace --price-plan us-east-1-managed-instances | tail -3; idletax explain 1 -i pair.trace --price-plan example-active-cpu --memory svc-dev-b=3000 | tail -3
