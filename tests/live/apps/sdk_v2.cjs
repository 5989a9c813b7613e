// Makes the calls that a JSON file lists (../service_calls.py) with the AWS SDK v2 for JavaScript.
//
//     node sdk_v2.cjs CALLS.json            SDK_MODULES: the package.json beside which it is installed

process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = "1";
const { readFileSync } = require("node:fs");
const AWS = require("node:module").createRequire(process.env.SDK_MODULES)("aws-sdk");

const clients = {
	"execute-api": "ApiGatewayManagementApi",
	monitoring: "CloudWatch",
	logs: "CloudWatchLogs",
	dynamodb: "DynamoDB",
	events: "EventBridge",
	firehose: "Firehose",
	kinesis: "Kinesis",
	kms: "KMS",
	lambda: "Lambda",
	"rds-data": "RDSDataService",
	s3: "S3",
	secretsmanager: "SecretsManager",
	states: "StepFunctions",
	sns: "SNS",
	sqs: "SQS",
	ssm: "SSM",
	sts: "STS",
};

function decode(value) {
	if (Array.isArray(value)) return value.map(decode);
	if (typeof value !== "object") return value;
	if ("$blob" in value) return Buffer.from(value.$blob);
	if ("$stream" in value) return Buffer.from(value.$stream);
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]));
}

async function main() {
	for (const { Service, Operation, Endpoint, Input, Key } of JSON.parse(readFileSync(process.argv[2]))) {
		const client = new AWS[clients[Service]]({
			region: "us-east-1",
			endpoint: Endpoint,
			accessKeyId: Key,
			secretAccessKey: Key,
			hostPrefixEnabled: false,
			s3ForcePathStyle: true,
		});
		const method = Operation[0].toLowerCase() + Operation.slice(1);
		await client[method](decode(Input))
			.promise()
			.catch((error) => console.error(`v2 ${Service} ${Operation}: ${error}`));
	}
}

main();
