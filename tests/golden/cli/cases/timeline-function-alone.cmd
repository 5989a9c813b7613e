idletax timeline -i life.trace --function f
