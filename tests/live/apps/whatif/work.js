// What is called. The work is wall-clock time, so that a crowded machine does not change it.

import { invoke } from "./invoke.js";

export function burn(ms) {
	const end = performance.now() + ms;
	let x = 1;
	while (performance.now() < end) for (let i = 0; i < 1000; i++) x = Math.sqrt(x + i);
	return x;
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function price() {
	burn(20);
	await invoke("tax");
	burn(20);
}

export async function tax() {
	burn(20);
	await sleep(40);
}

export async function stock() {
	await sleep(80);
	burn(20);
}

export async function mail() {
	burn(30);
	await sleep(60);
}
