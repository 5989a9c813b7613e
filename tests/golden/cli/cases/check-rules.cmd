printf '# limits\nmax-overhead = 20%%\nmax-billed-p99 = svc-dev-a=1s # slow\n' >rules; idletax check -i pair.trace --rules rules
