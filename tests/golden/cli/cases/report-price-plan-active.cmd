idletax report -i pair.trace --chains=1 --price-plan example-active-cpu | head -12
