// The handler for AWS's Node runtime client: 20 ms of work, a call to b, 20 ms of work. Prints
// its truth as the demo's handlers do (tools/demo/app/src/run.js), whose parts it uses.

import { createRequire } from "node:module";
import { Run } from "../../../tools/demo/app/src/run.js";

// The SDK is installed beside the runtime client, not beside this file.
const require = createRequire(process.env.NODE_APP_MODULES);
const { InvokeCommand, LambdaClient } = require("@aws-sdk/client-lambda");

const client = new LambdaClient({
	region: "us-east-1",
	endpoint: process.env.CALLEE_ENDPOINT,
	credentials: { accessKeyId: "test", secretAccessKey: "test" },
});

async function invoke(FunctionName, payload) {
	const reply = await client.send(
		new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
	);
	return JSON.parse(reply.Payload.transformToString());
}

export async function handler(event, context) {
	const run = new Run(event, context);
	run.burn(20);
	await run.recordCall("b", "sync", () => invoke("b", { scale: run.scale }));
	run.burn(20);
	return run.finish();
}
