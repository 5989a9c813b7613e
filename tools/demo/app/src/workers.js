// Functions that call nobody.

import { handler } from "./run.js";

export const b = handler(async (run) => run.burn(500));

export const f = handler(async (run) => {
	run.burn(60);
	await run.sleep(60);
});

// The three that g calls at once: 300, 200 and 100 ms.
export const h = handler(async (run) => {
	run.burn(60);
	await run.sleep(240);
});

export const i = handler(async (run) => {
	run.burn(40);
	await run.sleep(160);
});

export const j = handler(async (run) => {
	run.burn(20);
	await run.sleep(80);
});

export const l = handler(async (run) => {
	run.burn(100);
	await run.sleep(100);
});
