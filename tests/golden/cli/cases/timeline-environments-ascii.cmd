LC_ALL=C idletax timeline -i life.trace --environments --function f -n 1
