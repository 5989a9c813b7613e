// A function that is a plain HTTP server and talks to databases and to a TLS server; database_function.py tells
// what it answers. Modules are found by NODE_PATH.
//
//     database_function.cjs PORT CONFIGURATION-AS-JSON
const http = require("http");
const https = require("https");
const configuration = JSON.parse(process.argv[3]);
const { marker, user, password, database } = configuration;
const host = "127.0.0.1";

function truthOf(service) {
	const steps = [];
	const step = async (operations, call, leastMs = 0) => {
		const start = process.hrtime.bigint();
		const result = await call();
		steps.push({
			service, operations, start_ns: Number(start), end_ns: Number(process.hrtime.bigint()),
			least_ms: leastMs,
		});
		return result;
	};
	return { steps, step };
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function postgres() {
	const { Client } = require("pg");
	const { steps, step } = truthOf("postgresql");
	const client = new Client({ host, port: configuration.postgres, user, password, database });
	await step(["SELECT"], async () => {
		await client.connect();
		await client.query("SELECT pg_sleep(0.2)");
	}, 200);
	await step(["CREATE"], () => client.query("CREATE TEMP TABLE t (secret text)"));
	await step(["INSERT"], () => client.query("INSERT INTO t VALUES ($1)", [marker + "-pg-value"]));
	for (let i = 0; i < 3; i++)
		await step(["SELECT"], () =>
			client.query({ name: marker + "-statement", text: "SELECT * FROM t WHERE secret <> $1", values: ["x"] }));
	await step(["SELECT"], () => client.query("SELECT * FROM generate_series(1, 10000)"));
	await step(["BEGIN", "UPDATE", "COMMIT"], async () => {
		await client.query("BEGIN");
		await client.query("UPDATE t SET secret = 'y'");
		await client.query("COMMIT");
	});
	await step(["SELECT"], () => client.query(`SELECT "${marker}"`).catch(() => null));
	await pause(100);
	await client.end();
	return steps;
}

async function ioredis() {
	const Redis = require("ioredis");
	const { steps, step } = truthOf("redis");
	const client = new Redis({ host, port: configuration.redis, password });
	await step(["SET"], () => client.set(marker + "-key", marker + "-redis-value"));
	await step(["GET"], () => client.get(marker + "-key"));
	await step(["BLPOP"], () => client.blpop("nothing", 1), 900);
	await step(["MULTI"], () => client.multi().set("a", 1).get("a").incr("a").exec());
	await step(["EVAL"], () => client.eval(`return "${marker}"`, 0));
	await step(["QUIT"], () => client.quit());
	return steps;
}

async function redis() {
	const { createClient } = require("redis");
	const { steps, step } = truthOf("redis");
	const client = createClient({ socket: { host, port: configuration.redis }, password, RESP: 3 });
	client.on("error", () => 0);
	await step(["SET"], async () => {
		await client.connect();
		await client.set(marker + "-key", marker + "-redis-value");
	});
	await step(["HSET"], () => client.hSet("hash", { field: marker }));
	await step(["HGETALL"], () => client.hGetAll("hash"));
	await step(["BLPOP"], () => client.blPop("nothing", 0.3), 250);
	await client.close();
	return steps;
}

async function mysql() {
	const mysql2 = require("mysql2/promise");
	const { steps, step } = truthOf("mysql");
	let client;
	await step(["SELECT"], async () => {
		client = await mysql2.createConnection({ host, port: configuration.mysql, user, password, database });
		await client.query("SELECT SLEEP(0.3)");
	}, 300);
	await step(["PREPARE", "EXECUTE"], () => client.execute("SELECT ?", [marker + "-my-value"]));
	await step(["EXECUTE"], () => client.execute("SELECT ?", [marker]));
	await client.end();
	return steps;
}

async function tls() {
	const { steps, step } = truthOf("sqs");
	const agent = new https.Agent({
		keepAlive: true, maxSockets: 1, rejectUnauthorized: false, servername: configuration.tls_host,
	});
	const get = () => new Promise((done, failed) => {
		https.get({ host, port: configuration.tls, path: "/" + marker, agent }, (response) => {
			response.resume();
			response.on("end", done);
		}).on("error", failed);
	});
	await step([null], get, 300);
	await step([null], get, 300);
	agent.destroy();
	return steps;
}

// The name is asked for over UDP, which takes its time.
async function lookup() {
	const { steps, step } = truthOf("sqs");
	const resolver = new (require("dns").Resolver)();
	resolver.setServers(["127.0.0.1"]);
	const find = (name, options, found) => resolver.resolve4(name, (error, addresses) => {
		if (error)
			found(error);
		else if (options.all)
			found(null, addresses.map((address) => ({ address, family: 4 })));
		else
			found(null, addresses[0], 4);
	});
	await step([null], () => new Promise((done, failed) => {
		https.get({ host: configuration.tls_host, port: configuration.tls, lookup: find, agent: false,
			rejectUnauthorized: false }, (response) => {
			response.resume();
			response.on("end", done);
		}).on("error", failed);
	}), 300 + configuration.lookup_ms);
	return steps;
}

const runs = { postgres, ioredis, redis, mysql, tls, lookup };

http.createServer((request, response) => {
	let text = "";
	request.on("data", (data) => (text += data));
	request.on("end", () => {
		runs[JSON.parse(text).which]().then(
			(steps) => response.end(JSON.stringify(steps)),
			(error) => {
				response.statusCode = 500;
				response.end(String(error.stack));
			});
	});
}).listen(Number(process.argv[2]), host);
