idletax advise -i loop.trace; idletax advise -i loop.trace --json | grep -e caller_kind -e connecting
