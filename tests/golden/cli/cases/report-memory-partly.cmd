idletax report -i memory-partly.trace --chains 0
