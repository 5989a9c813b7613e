idletax timeline -i life.trace --environments
