idletax whatif --help
