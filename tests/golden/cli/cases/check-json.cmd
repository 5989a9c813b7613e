idletax check -i pair.trace --max-overhead 20% --max-cost-per-million 10 --max-billed-p99 svc-dev-b=1ms --json; echo "status $?"; idletax check -i retry.trace --max-share 99% --json
