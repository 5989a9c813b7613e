idletax diff --help
