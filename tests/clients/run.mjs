/* Runs handle.mjs against a running API: { url, submit, handler, unit } as JSON on standard input, what it saw on standard output. */
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import { handle } from "./handle.mjs";

const { url, submit, handler, unit } = JSON.parse(readFileSync(0, "utf8"));

process.stdout.write(JSON.stringify(await handle(client(submit), client(handler), unit)));

function client(key) {
	return createClient({
		baseUrl: url,
		headers: { Authorization: `Bearer ${key}` },
		querySerializer: { array: { style: "form", explode: false } },
	});
}
