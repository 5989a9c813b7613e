idletax check --help
