// Makes the calls that a JSON file lists (../service_calls.py) with the AWS SDK v3 for JavaScript.
//
//     node sdk_v3.mjs CALLS.json            SDK_MODULES: the package.json beside which it is installed

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Readable } from "node:stream";

const require = createRequire(process.env.SDK_MODULES);
const packages = {
	"execute-api": ["apigatewaymanagementapi", "ApiGatewayManagementApiClient"],
	monitoring: ["cloudwatch", "CloudWatchClient"],
	logs: ["cloudwatch-logs", "CloudWatchLogsClient"],
	dynamodb: ["dynamodb", "DynamoDBClient"],
	events: ["eventbridge", "EventBridgeClient"],
	firehose: ["firehose", "FirehoseClient"],
	kinesis: ["kinesis", "KinesisClient"],
	kms: ["kms", "KMSClient"],
	lambda: ["lambda", "LambdaClient"],
	"rds-data": ["rds-data", "RDSDataClient"],
	s3: ["s3", "S3Client"],
	secretsmanager: ["secrets-manager", "SecretsManagerClient"],
	states: ["sfn", "SFNClient"],
	sns: ["sns", "SNSClient"],
	sqs: ["sqs", "SQSClient"],
	ssm: ["ssm", "SSMClient"],
	sts: ["sts", "STSClient"],
};

// {"$blob": text} are bytes, {"$stream": text} is a stream whose length is not known before.
function decode(value) {
	if (Array.isArray(value)) return value.map(decode);
	if (typeof value !== "object") return value;
	if ("$blob" in value) return Buffer.from(value.$blob);
	if ("$stream" in value) return Readable.from([Buffer.from(value.$stream)]);
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]));
}

async function run({ Service, Operation, Endpoint, Input, Key, Http1 }) {
	const [name, clientName] = packages[Service];
	const sdk = require(`@aws-sdk/client-${name}`);
	const { NodeHttpHandler } = require("@smithy/node-http-handler");
	const client = new sdk[clientName]({
		region: "us-east-1",
		endpoint: Endpoint,
		credentials: { accessKeyId: Key, secretAccessKey: Key },
		disableHostPrefix: true,
		forcePathStyle: true,
		...(Http1 ? { requestHandler: new NodeHttpHandler() } : {}),
	});
	const reply = await client.send(new sdk[`${Operation}Command`](decode(Input)));
	await reply.Body?.transformToByteArray?.();
	for await (const _ of reply.EventStream ?? []);
	client.destroy();
}

for (const call of JSON.parse(readFileSync(process.argv[2])))
	await run(call).catch((error) => console.error(`v3 ${call.Service} ${call.Operation}: ${error}`));
