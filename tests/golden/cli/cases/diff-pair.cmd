idletax diff pair.trace retry.trace
