idletax whatif -i - --async svc-dev-a/svc-dev-b <pair.trace
