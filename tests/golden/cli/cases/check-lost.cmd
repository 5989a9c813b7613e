idletax check -i lost.trace --max-overhead 10; echo "status $?"; idletax check -i lost.trace --max-overhead 10 --allow-incomplete
