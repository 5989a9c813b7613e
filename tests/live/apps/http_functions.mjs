// Functions for Google's functions-framework, whose servers are plain HTTP. Each answers with a request
// id of its own and prints its truth as the demo's handlers do (tools/demo/app/src/run.js).
//
//   a  20 ms of work, a call to b, 20 ms of work
//   b  30 ms of work, a call to p (Python: http_function.py), a timer of 50 ms

import { randomUUID } from "node:crypto";
import http from "node:http";
import { Run } from "../../../tools/demo/app/src/run.js";

const agent = new http.Agent({ keepAlive: true });

function post(port, payload) {
	return new Promise((resolve, reject) => {
		const request = http.request({ host: "127.0.0.1", port, method: "POST", agent }, (reply) => {
			let text = "";
			reply.on("data", (piece) => (text += piece));
			reply.on("end", () => resolve(JSON.parse(text)));
		});
		request.on("error", reject);
		request.setHeader("content-type", "application/json");
		request.end(JSON.stringify(payload));
	});
}

const handler = (functionName, work) => async (request, response) => {
	const run = new Run(request.body, { functionName, awsRequestId: randomUUID() });
	await work(run);
	const result = run.finish();
	response.setHeader("x-amzn-requestid", result.request_id);
	response.json(result);
};

export const a = handler("a", async (run) => {
	run.burn(20);
	await run.recordCall("b", "sync", () => post(process.env.PORT_OF_B, run.passedOn));
	run.burn(20);
});

export const b = handler("b", async (run) => {
	run.burn(30);
	await run.recordCall("p", "sync", () => post(process.env.PORT_OF_P, run.passedOn));
	await run.sleep(50);
});
