// A runtime of the Runtime API in Node: each event makes it call what CALLEE_URL names.

import { request, Agent } from "node:http";

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const name = process.env.AWS_LAMBDA_FUNCTION_NAME;

function send(method, url, body) {
	return new Promise((resolve, reject) => {
		const options = { method, agent, headers: body ? { "content-length": body.length } : {} };
		const outgoing = request(url, options, (reply) => {
			const parts = [];
			reply.on("data", (part) => parts.push(part));
			reply.on("end", () => resolve({ headers: reply.headers, body: Buffer.concat(parts) }));
		});
		outgoing.on("error", reject);
		outgoing.end(body);
	});
}

for (;;) {
	const event = await send("GET", `${api}/next`);
	const id = event.headers["lambda-runtime-aws-request-id"];
	const reply = await send("POST", process.env.CALLEE_URL, JSON.stringify({ from: name }));
	const answer = { function: name, request_id: id, called: [JSON.parse(reply.body)] };
	await send("POST", `${api}/${id}/response`, JSON.stringify(answer));
}
