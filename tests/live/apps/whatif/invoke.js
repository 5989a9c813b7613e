import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";

const client = new LambdaClient({
	region: "us-east-1",
	endpoint: "http://127.0.0.1:3002",
	credentials: { accessKeyId: "test", secretAccessKey: "test" },
	maxAttempts: 1,
});

export const invoke = (FunctionName, InvocationType = "RequestResponse") =>
	client.send(
		new InvokeCommand({
			FunctionName,
			InvocationType,
			Payload: JSON.stringify({ order: crypto.randomUUID() }),
		}),
	);
