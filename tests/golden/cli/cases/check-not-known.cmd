idletax check -i blind.trace --allow-incomplete --max-overhead 0 --max-chain-depth 1
