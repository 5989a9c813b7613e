// What every demo handler is made of: busy work, timers, and one line of truth.
//
// A handler prints what it really did as `IDLETAX-TRUTH {json}`, times in nanoseconds of
// CLOCK_MONOTONIC (process.hrtime). Tests compare idletax's figures with these lines; idletax
// itself never reads them.

const nowNs = () => Number(process.hrtime.bigint());

// Keeps the thread computing until that much wall-clock time has passed. Wall clock, because
// Node 20 has no per-thread CPU clock: on a crowded machine a part of it is spent runnable.
function burn(ms) {
	const endNs = nowNs() + ms * 1e6;
	let x = 1;
	while (nowNs() < endNs)
		for (let i = 0; i < 1000; i++) x = Math.sqrt(x + i);
	return x;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// One invocation while it runs. `?scale=0.1` or {"scale":0.1} shrinks all of its work; an "order" says
// that an event is like no other. Tests also set, in the environment, the scale of events without one
// (DEFAULT_SCALE) and how long answers to events without an order are padded (ANSWER_PAD), so that all of
// them look alike as far as a recording can tell.
export class Run {
	constructor(event, context) {
		this.isHttp = Boolean(event?.requestContext?.http);
		const { scale, order } = event?.queryStringParameters ?? event ?? {};
		this.scale = Number(scale ?? process.env.DEFAULT_SCALE ?? 1);
		this.passedOn = { ...(scale && { scale: this.scale }), ...(order && { order }) };
		this.truth = {
			function: context.functionName,
			request_id: context.awsRequestId,
			pid: process.pid,
			start_ns: nowNs(),
			end_ns: 0,
			busy_ns: 0,
			timer_ns: 0,
			caused_by: event?.caused_by ?? null,
			calls: [],
		};
	}

	async #measure(what, work) {
		const startNs = nowNs();
		await work();
		this.truth[what] += nowNs() - startNs;
	}

	burn(ms) {
		const startNs = nowNs();
		burn(ms * this.scale);
		this.truth.busy_ns += nowNs() - startNs;
	}

	sleep(ms) {
		return this.#measure("timer_ns", () => sleep(ms * this.scale));
	}

	// Wraps one outgoing call: `send` returns the callee's result, or null for an Event call.
	async recordCall(callee, mode, send) {
		const call = { callee, callee_request_id: null, mode, start_ns: nowNs(), end_ns: 0 };
		this.truth.calls.push(call);
		const result = await send(this.truth.calls.length - 1);
		call.end_ns = nowNs();
		call.callee_request_id = result?.request_id ?? null;
		return result;
	}

	finish() {
		const { truth } = this;
		const pad = this.passedOn.order ? 0 : Number(process.env.ANSWER_PAD ?? 0);
		const result = {
			function: truth.function,
			...(pad && { pad: "x".repeat(pad) }),
			request_id: truth.request_id,
		};
		truth.end_ns = nowNs();
		console.log(`IDLETAX-TRUTH ${JSON.stringify(truth)}`);
		return this.isHttp ? { statusCode: 200, body: JSON.stringify(result) } : result;
	}
}

export const handler = (work) => async (event, context) => {
	const run = new Run(event, context);
	await work(run);
	return run.finish();
};
