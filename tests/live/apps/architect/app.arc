# Two functions under @architect/sandbox: a calls b over HTTP. install-architect copies this, and puts
# run.mjs (tools/demo/app/src/run.js) and function.mjs beside each handler: a function is its folder.
@app
idletax-architect

@http
get /a
get /b

@aws
runtime nodejs22.x
memory 512
