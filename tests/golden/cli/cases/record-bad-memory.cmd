idletax record --http-function 80=f,much -- true
