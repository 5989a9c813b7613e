idletax timeline -i pair.trace --price-plan us-east-1-arm,us-east-1-x86
