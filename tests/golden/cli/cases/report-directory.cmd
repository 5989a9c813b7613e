idletax report -i .
