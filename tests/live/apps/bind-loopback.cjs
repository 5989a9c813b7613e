// For `node --require`: servers that would listen on every address listen on 127.0.0.1.
const net = require("node:net");

const { listen } = net.Server.prototype;

net.Server.prototype.listen = function (port, ...rest) {
	const isPort = typeof port === "number" || typeof port === "string";
	return isPort && typeof rest[0] !== "string" ? listen.call(this, Number(port), "127.0.0.1", ...rest)
		: listen.call(this, port, ...rest);
};
