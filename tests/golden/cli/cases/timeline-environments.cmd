idletax timeline -i restart.trace --environments
