// The handler for AWS's Node runtime clients: does what PLAN says (runtimes.py). Prints its truth as
// the demo's handlers do (tools/demo/app/src/run.js), whose parts it uses.

import { createRequire } from "node:module";
import { Run } from "../../../tools/demo/app/src/run.js";

const plan = process.env.PLAN.split(" ").map((step) => step.split(":"));
const last = plan.at(-1)[0];

// The SDK is installed beside the runtime client, not beside this file.
const require = createRequire(process.env.NODE_APP_MODULES);
const { InvokeCommand, LambdaClient } = require("@aws-sdk/client-lambda");

// The endpoint and the name of an Invoke URL, which the SDK takes apart.
const targetOf = (callee) =>
	process.env[`URL_${callee.replaceAll("-", "_")}`].match(
		/(?<endpoint>.*)\/2015-03-31\/functions\/(?<name>.*)\/invocations/,
	).groups;

const makeClient = (callee) =>
	new LambdaClient({
		region: "us-east-1",
		endpoint: targetOf(callee).endpoint,
		credentials: { accessKeyId: "test", secretAccessKey: "test" },
	});

const callees = plan.filter(([kind]) => kind === "call").map(([, callee]) => callee);
const clients = new Map(callees.map((callee) => [callee, makeClient(callee)]));

async function invoke(callee, payload) {
	const request = { FunctionName: targetOf(callee).name, Payload: JSON.stringify(payload) };
	const reply = await clients.get(callee).send(new InvokeCommand(request));
	return JSON.parse(reply.Payload.transformToString());
}

async function runStep(run, kind, what) {
	if (kind === "burn") run.burn(Number(what));
	else if (kind === "sleep") await run.sleep(Number(what));
	else if (kind === "call") await run.recordCall(what, "sync", () => invoke(what, run.passedOn));
}

async function work(event, context) {
	const run = new Run(event, context);
	run.truth.init = init;
	for (const [kind, what] of plan) await runStep(run, kind, what);
	const result = run.finish();
	if (last === "fail") throw new Error("the plan is to fail");
	if (last === "exit") process.exit(3);
	return result;
}

// Two pieces with a pause between them: the response begins long before it ends.
const stream = () =>
	globalThis.awslambda.streamifyResponse(async (event, response, context) => {
		response.write('{"pieces": "');
		const result = await work(event, context);
		response.write(`${"x".repeat(3000)}", `);
		response.end(JSON.stringify(result).slice(1));
	});

if (plan[0].join() === "init,fail") throw new Error("the plan is to fail during INIT");

const init = {
	started_us: Number(process.env.STARTED_US),
	ready_ns: Number(process.hrtime.bigint()),
};
export const handler = last === "stream" ? stream() : work;
