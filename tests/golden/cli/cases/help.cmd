idletax --help
