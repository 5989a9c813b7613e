LC_ALL=C idletax report -i pair.trace -s name --chains 1 --invocations
