idletax advise --help
