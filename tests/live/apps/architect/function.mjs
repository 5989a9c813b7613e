// What the functions share. Architect starts a process per invocation whose Runtime API address ends with
// the request id; the id in the context is another one.

import http from "node:http";
import { Run } from "./run.mjs";

const nowNs = () => Number(process.hrtime.bigint());
const startedNs = nowNs() - performance.now() * 1e6;

function get(url) {
	return new Promise((resolve, reject) => {
		http.get(url, (reply) => {
			let text = "";
			reply.on("data", (piece) => (text += piece));
			reply.on("end", () => resolve(JSON.parse(text)));
		}).on("error", reject);
	});
}

export function handler(work) {
	const readyNs = nowNs();

	return async (event) => {
		const run = new Run(event, {
			functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
			awsRequestId: process.env.AWS_LAMBDA_RUNTIME_API.split("/").at(-1),
		});
		run.truth.init = { started_ns: startedNs, ready_ns: readyNs };
		await work(run);
		return run.finish();
	};
}

export const call = (run, path) =>
	run.recordCall(`@http get ${path}`, "sync", () =>
		get(`http://127.0.0.1:3333${path}?${new URLSearchParams(run.passedOn)}`),
	);
