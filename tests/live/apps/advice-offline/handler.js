// One handler for all functions; PLANS says what each does.

import { connect } from "node:net";
import { createInterface } from "node:readline";

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
	if (reply.FunctionError) throw new Error(reply.FunctionError);
	return reply.Payload?.length ? JSON.parse(Buffer.from(reply.Payload)) : null;
}

const ask = async () => (await fetch(process.env.SERVICE_URL)).text();

const askWith = async (event) => ({ said: await ask(), event });
const askForNothing = async () => {
	await ask();
	return null;
};
let charges = 0;

// Over a connection of its own for each event.
async function askRedis(event) {
	const socket = connect(Number(process.env.REDIS_PORT), "127.0.0.1");
	const replies = createInterface(socket)[Symbol.asyncIterator]();
	const password = process.env.REDIS_PASSWORD;
	socket.write(`*2\r\n$4\r\nAUTH\r\n$${password.length}\r\n${password}\r\n`);
	await replies.next();
	socket.write("*2\r\n$4\r\nINCR\r\n$5\r\nteams\r\n");
	const { value } = await replies.next();
	socket.end();
	return { teams: value, event };
}

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
	"club-members": askWith,
	"team-web": (event) => invoke("team-data", event),
	"team-data": askRedis,
	"web-checkout": (event) => invoke("vault-transfer", event),
	"vault-transfer": askWith,
	"cart-pay": async (event) => {
		await ask();
		await invoke("cart-mail", event);
		return { paid: event.order };
	},
	"cart-mail": askForNothing,
	"order-place": async (event) => {
		await invoke("order-mail", event);
		await invoke("order-stock", event);
		return { placed: event.order };
	},
	"order-mail": askForNothing,
	"order-stock": askForNothing,
	"sale-flow": async (event) => {
		await invoke("sale-reserve", event);
		await invoke("sale-charge", event).catch(() => invoke("sale-charge", event));
		return invoke("sale-ship", event);
	},
	"sale-reserve": askWith,
	"sale-charge": async (event) => {
		await ask();
		charges++;
		if (charges % 8 === 0) throw new Error("declined");
		return { charged: event };
	},
	"sale-ship": askWith,
	"news-post": (event) => invoke("news-index", event, "Event"),
	"news-index": ask,
};

export const run = async (event, context) => PLANS[context.functionName](event);
