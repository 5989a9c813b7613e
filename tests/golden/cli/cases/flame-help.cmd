idletax flame --help
