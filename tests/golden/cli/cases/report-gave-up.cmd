idletax report -i gave-up.trace
