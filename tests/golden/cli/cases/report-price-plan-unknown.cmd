idletax report -i pair.trace --price-plan us-east-1-x68; idletax report -i pair.trace --price-plan eu; idletax report -i pair.trace --price-plan us-east-1-arm,
