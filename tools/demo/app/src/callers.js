// Functions that call other functions.

import { call, fire } from "./invoke.js";
import { handler } from "./run.js";

// 100 ms of its own, 500 ms of waiting for b.
export const a = handler(async (run) => {
	run.burn(50);
	await call(run, "b");
	run.burn(50);
});

// c -> d -> e -> f, with work and timers on the way.
export const c = handler(async (run) => {
	run.burn(20);
	await run.sleep(30);
	await call(run, "d");
	run.burn(10);
});

export const d = handler(async (run) => {
	run.burn(30);
	await call(run, "e");
	await run.sleep(20);
});

export const e = handler(async (run) => {
	await run.sleep(40);
	run.burn(20);
	await call(run, "f");
	run.burn(10);
});

// Three callees at once.
export const g = handler(async (run) => {
	run.burn(20);
	await Promise.all([call(run, "h"), call(run, "i"), call(run, "j")]);
	run.burn(30);
});

// Starts l and goes on without it.
export const k = handler(async (run) => {
	run.burn(20);
	await fire(run, "l");
	run.burn(60);
});

// Calls the Python function.
export const m = handler(async (run) => {
	run.burn(10);
	await call(run, "p");
	run.burn(10);
});
