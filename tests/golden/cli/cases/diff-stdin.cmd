idletax diff - pair.trace <pair.trace | head -3; idletax diff - -
