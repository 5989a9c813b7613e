idletax report -i gap.trace
