: >empty.log; idletax report -i memory-of-a-tree.trace --log empty.log --json | tail -n 90 | grep -A 60 \"log\"; idletax report -i memory-of-a-tree.trace --log empty.log --lines
