idletax check -i load.trace --no-verdict direct-ok; idletax check -i load.trace --service 'app0-*1=x' --no-verdict needs-contract; idletax check -i load.trace --no-verdict inline --service app0
