// An HTTP/2 server without TLS that answers every request with {}.
//
//     node http2_server.cjs PORT

const server = require("node:http2").createServer((request, response) => {
	request.resume();
	request.on("end", () => {
		response.setHeader("content-type", "application/x-amz-json-1.1");
		response.end("{}");
	});
});
server.listen(Number(process.argv[2]), "127.0.0.1");
