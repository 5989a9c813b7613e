idletax check -i pair.trace --max-overhead 84% --max-chain-depth 2 --max-amplification 2 --max-billed-p99 'svc-*=1s'
