// Calls to other functions through AWS's SDK, as an application makes them.

import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";

const client = new LambdaClient({
	region: "us-east-1",
	endpoint: process.env.DEMO_INVOKE_ENDPOINT ?? "http://127.0.0.1:3002",
	credentials: { accessKeyId: "demo", secretAccessKey: "demo" },
});

async function send(FunctionName, InvocationType, payload) {
	const reply = await client.send(
		new InvokeCommand({ FunctionName, InvocationType, Payload: JSON.stringify(payload) }),
	);
	const text = reply.Payload?.transformToString();
	return text ? JSON.parse(text) : null;
}

// Waits for the callee's answer.
export const call = (run, callee) =>
	run.recordCall(callee, "sync", () =>
		send(callee, "RequestResponse", run.passedOn),
	);

// Does not wait: the callee is told who caused it, since no answer can tell its request id.
export const fire = (run, callee) =>
	run.recordCall(callee, "event", (index) =>
		send(callee, "Event", {
			...run.passedOn,
			caused_by: { request_id: run.truth.request_id, call: index },
		}),
	);
