idletax advise -i many.trace --service shop
