// One handler for all functions; PLANS says what each does.

import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";

const client = new LambdaClient({
	region: "us-east-1",
	endpoint: "http://127.0.0.1:3002",
	credentials: { accessKeyId: "test", secretAccessKey: "test" },
	maxAttempts: 1,
});

async function invoke(FunctionName, event, InvocationType = "RequestResponse") {
	const reply = await client.send(
		new InvokeCommand({ FunctionName, InvocationType, Payload: JSON.stringify(event) }),
	);
	return reply.Payload?.length ? JSON.parse(Buffer.from(reply.Payload)) : null;
}

const ask = async () => (await fetch(process.env.SERVICE_URL)).text();

function burn(ms) {
	const end = performance.now() + ms;
	let x = 1;
	while (performance.now() < end) for (let i = 0; i < 1000; i++) x = Math.sqrt(x + i);
	return x;
}

const PLANS = {
	"shop-quote": (event) => invoke("shop-tax", event),
	"shop-tax": (event) => ({ tax: burn(3), event }),
	"club-web": (event) => invoke("club-members", event),
	"club-members": async (event) => ({ members: await ask(), event }),
	"web-checkout": (event) => invoke("vault-transfer", event),
	"vault-transfer": async (event) => ({ done: await ask(), event }),
	"cart-pay": async (event) => {
		await ask();
		await invoke("cart-mail", event);
		return { paid: event.order };
	},
	"cart-mail": async () => {
		await ask();
		return null;
	},
	"news-post": (event) => invoke("news-index", event, "Event"),
	"news-index": ask,
};

export const run = async (event, context) => PLANS[context.functionName](event);
