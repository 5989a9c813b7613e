idletax report -i blind.trace && idletax info -i blind.trace | grep ^blind
