idletax whatif -i escapes.trace --memory dev-a=512
