idletax record --invoke-probe=/bin/true -- true
