idletax timeline -i life.trace --chain 0 --environments
