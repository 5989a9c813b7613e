idletax record --http-function 70000=f -- true
