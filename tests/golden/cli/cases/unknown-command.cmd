idletax reprot
