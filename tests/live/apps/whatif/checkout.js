// The caller, in all its variants: its function's name says which it is.

import { invoke } from "./invoke.js";
import { burn, mail, price, stock } from "./work.js";

const called = (name) => () => invoke(name);

async function inTurn(...steps) {
	for (const step of steps) await step();
}

const atOnce = (...steps) => Promise.all(steps.map((step) => step()));

const variants = {
	"checkout-first": () => inTurn(called("price"), called("stock"), called("mail")),
	checkout: () => inTurn(called("price"), called("stock"), called("mail")),
	"checkout-inlined": () => inTurn(price, stock, mail),
	"checkout-mail-inlined": () => inTurn(called("price"), called("stock"), mail),
	"checkout-mail-async": () =>
		inTurn(called("price"), called("stock"), () => invoke("mail", "Event")),
	"checkout-mixed": () => inTurn(price, called("stock"), () => invoke("mail", "Event")),
	"checkout-parallel": () => atOnce(called("price"), called("stock"), called("mail")),
	"checkout-parallel-inlined": () => atOnce(price, stock, mail),
};

export async function handler(event, context) {
	burn(10);
	await variants[context.functionName]();
	burn(10);
	return { done: context.functionName };
}
