printf '# limits\n\nmax-overhaed = 20%%\n' >rules; idletax check -i pair.trace --rules rules
