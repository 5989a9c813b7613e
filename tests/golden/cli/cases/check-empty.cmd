idletax check -i blind.trace --max-overhead 20%; echo "status $?"; idletax check -i blind.trace --allow-incomplete --max-overhead 20% --json
