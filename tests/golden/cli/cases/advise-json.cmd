idletax advise -i many.trace --json
