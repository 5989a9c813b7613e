idletax check -i pair.trace --max-overhead 20% --max-share svc-dev-a=50% --max-share svc-dev-a/svc-dev-b=90% --max-chain-depth 1 --max-cost-per-million '$10' --max-billed-p99 550ms
