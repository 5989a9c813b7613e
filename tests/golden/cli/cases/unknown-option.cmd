idletax --frobnicate
