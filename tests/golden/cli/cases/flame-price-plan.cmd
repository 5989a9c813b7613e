idletax flame -i pair.trace --weight cost -o - --price-plan us-east-1-arm
