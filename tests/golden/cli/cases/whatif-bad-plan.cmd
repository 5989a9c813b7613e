idletax whatif -i pair.trace --price-plan us-east-1-x68
