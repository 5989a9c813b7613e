idletax timeline -i life.trace --environments --function g
