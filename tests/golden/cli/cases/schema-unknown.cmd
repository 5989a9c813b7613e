idletax --json-schema nothing
