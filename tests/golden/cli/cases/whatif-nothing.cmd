idletax whatif -i pair.trace
