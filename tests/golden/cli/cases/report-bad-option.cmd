idletax report --frobnicate
