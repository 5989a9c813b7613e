"use strict";

const { LambdaClient, InvokeCommand } = require("@aws-sdk/client-lambda");

const client = new LambdaClient({
	endpoint: `http://127.0.0.1:${process.env.BENCH_INVOKE_PORT}`,
	region: "us-east-1",
	credentials: { accessKeyId: "local", secretAccessKey: "local" },
});

exports.q = async () => {
	const reply = await client.send(new InvokeCommand({ FunctionName: "r", Payload: "{}" }));
	return { statusCode: 200, body: Buffer.from(reply.Payload).toString() };
};

exports.r = async () => ({ answered: true });
