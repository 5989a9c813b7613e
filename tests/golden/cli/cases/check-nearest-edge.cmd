idletax check -i load.trace --max-share app0-f1/app0-f3=1%; idletax check -i load.trace --max-share app3-f2/app3-f9=1%
