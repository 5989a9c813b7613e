idletax whatif -i pair.trace $(printf -- "--parallel svc-dev-a %.0s" {1..17})
