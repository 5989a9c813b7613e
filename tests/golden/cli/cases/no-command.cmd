idletax
