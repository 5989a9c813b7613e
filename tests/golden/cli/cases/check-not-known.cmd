idletax check -i unpriced.trace --allow-incomplete --max-cost-per-million 1; echo "status $?"; idletax check -i unpriced.trace --max-cost-per-million 'svc-*=1' --max-chain-depth 2
