// 20 ms of work, a call to b, 20 ms of work.

import { call, handler as make } from "./function.mjs";

export const handler = make(async (run) => {
	run.burn(20);
	await call(run, "/b");
	run.burn(20);
});
