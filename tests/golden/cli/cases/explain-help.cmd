idletax explain --help
