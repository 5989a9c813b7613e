idletax check -i pair.trace --max-share svc-dev-aa=10%; echo "status $?"; idletax check -i pair.trace --max-share svc-dev-a/svc-dev-c=10%
