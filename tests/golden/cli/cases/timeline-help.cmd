idletax timeline --help
