// A function that is an HTTP server of its own and invokes what its event says with the AWS SDK for
// JavaScript; answers with how many attempts the SDK says that it made.
//
//	attempts_node.mjs v2|v3 PORT			ATTEMPTS_MODULES: package.json of where the SDKs are

import { randomUUID } from "node:crypto";
import http from "node:http";
import { createRequire } from "node:module";

const [version, port] = process.argv.slice(2);
const load = createRequire(process.env.ATTEMPTS_MODULES);
const MAX_ATTEMPTS = 6;
const connection = { region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };

function makeV3({ endpoint, timeout_ms }) {
	const { InvokeCommand, LambdaClient } = load("@aws-sdk/client-lambda");
	const { NodeHttpHandler } = load("@smithy/node-http-handler");
	const requestHandler = new NodeHttpHandler({
		requestTimeout: timeout_ms, socketTimeout: timeout_ms, throwOnRequestTimeout: true });
	const client = new LambdaClient({ ...connection, endpoint, maxAttempts: MAX_ATTEMPTS, requestHandler });
	return async (FunctionName, Payload) =>
		(await client.send(new InvokeCommand({ FunctionName, Payload }))).$metadata.attempts;
}

function makeV2({ endpoint, timeout_ms }) {
	const { Lambda } = load("aws-sdk");
	const client = new Lambda({ ...connection, endpoint, maxRetries: MAX_ATTEMPTS - 1,
		retryDelayOptions: { base: 30 }, httpOptions: { timeout: timeout_ms } });
	return (FunctionName, Payload) => new Promise((resolve, reject) => {
		client.invoke({ FunctionName, Payload }, function (error) {
			return error ? reject(error) : resolve(this.retryCount + 1);
		});
	});
}

async function handle(event) {
	const invoke = (version === "v3" ? makeV3 : makeV2)(event);
	const payload = JSON.stringify(event.payload);
	const one = () => invoke("function", payload).catch((error) => `${error.name}: ${error.message}`);
	const results = [];
	if (event.is_parallel)
		results.push(...await Promise.all(Array.from({ length: event.calls }, one)));
	else
		for (let i = 0; i < event.calls; i++)
			results.push(await one());
	return results;
}

http.createServer(async (request, response) => {
	let text = "";
	for await (const piece of request)
		text += piece;
	const body = JSON.stringify({ attempts: await handle(JSON.parse(text)) });
	response.setHeader("x-amzn-requestid", randomUUID());
	response.setHeader("content-length", Buffer.byteLength(body));
	response.end(body);
}).listen(port, "127.0.0.1");
