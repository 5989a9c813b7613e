idletax whatif -i cut.trace --async svc-dev-a/svc-dev-b | head -1; cat pair.trace | idletax whatif -i /dev/stdin --async svc-dev-a/svc-dev-b | grep -A1 pipe
