idletax report -s size
