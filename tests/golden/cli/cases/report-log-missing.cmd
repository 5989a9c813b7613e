idletax report -i memory-of-a-tree.trace --log missing.log
