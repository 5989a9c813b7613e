idletax report --help
