: >x; idletax report -i x
