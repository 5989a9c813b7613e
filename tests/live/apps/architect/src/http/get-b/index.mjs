// 100 ms of work, a timer of 50 ms.

import { handler as make } from "./function.mjs";

export const handler = make(async (run) => {
	run.burn(100);
	await run.sleep(50);
});
