idletax export --help
