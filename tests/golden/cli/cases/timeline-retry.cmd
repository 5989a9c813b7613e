COLUMNS=120 idletax timeline -i retry.trace; idletax timeline -i retry.trace
