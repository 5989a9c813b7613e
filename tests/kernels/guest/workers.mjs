// Functions in worker threads behind an Invoke API, with the messages of serverless-offline's
// WorkerThreadRunner and workerThreadHelper: {context, event, port} goes in, the result comes back on the port.

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { isMainThread, MessageChannel, parentPort, Worker } from "node:worker_threads";

function handler(event, context) {
	return { function: context.functionName, request_id: context.awsRequestId, called: [] };
}

function work() {
	parentPort.on("message", ({ context, event, port }) => {
		port.postMessage(handler(event, context));
		port.close();
	});
}

const workers = new Map();

function invoke(functionName, event) {
	if (!workers.has(functionName))
		workers.set(functionName, new Worker(fileURLToPath(import.meta.url)));
	const context = { awsRequestId: randomUUID(), functionName, memoryLimitInMB: 256 };
	const { port1, port2 } = new MessageChannel();
	return new Promise((resolve) => {
		port1.on("message", (result) => {
			port1.close();
			resolve(result);
		});
		workers.get(functionName).postMessage({ context, event, port: port2 }, [port2]);
	});
}

function serve(port) {
	const server = createServer(async (request, reply) => {
		const parts = [];
		for await (const part of request)
			parts.push(part);
		const name = request.url.split("/")[3];
		const result = await invoke(name, JSON.parse(Buffer.concat(parts)));
		reply.setHeader("content-type", "application/json");
		reply.end(JSON.stringify(result));
	});
	server.listen(port, "127.0.0.1");
}

if (isMainThread)
	serve(Number(process.argv[2]));
else
	work();
