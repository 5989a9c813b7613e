idletax report -i restart.trace --invocations --environments --chains=0
