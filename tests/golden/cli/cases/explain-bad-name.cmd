idletax explain -i pair.trace "#x"
