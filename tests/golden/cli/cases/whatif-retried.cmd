idletax whatif -i retry.trace --async a/b --inline a/b
