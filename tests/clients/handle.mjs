/*
 * What another system does with the API, written with openapi-fetch alone. It runs as it is, and TypeScript checks
 * it against types that openapi-typescript made from the contract. Nothing of Node's is used here.
 */

/** @typedef {import("openapi-fetch").Client<import("contract").paths>} Client */
/** @typedef {import("contract").components["schemas"]} Schemas */

/**
 * A voice comes in, twice over a bad line; it is found, read, changed and answered.
 *
 * @param {Client} form may bring in voices
 * @param {Client} desk may read and handle cases
 * @param {string} unit
 */
export async function handle(form, desk, unit) {
	const first = await bringIn(form, unit);
	const again = await bringIn(form, unit);
	const id = must(first.data).id;
	const read = await desk.GET("/v1/feedback/{id}", { params: { path: { id } } });
	const etag = must(read.response.headers.get("ETag"));
	const patched = await desk.PATCH("/v1/feedback/{id}", {
		params: { path: { id }, header: { "If-Match": etag } },
		headers: { "Content-Type": "application/merge-patch+json" },
		body: { severity: 2, handler_ref: "desk 5" },
	});
	const stale = await move(desk, id, etag, "in_progress");
	const moved = await move(desk, id, must(patched.response.headers.get("ETag")), "in_progress");
	const illegal = await move(desk, id, must(moved.response.headers.get("ETag")), "received");

	return {
		id,
		same_id: must(again.data).id,
		replayed: again.response.headers.get("Idempotent-Replayed"),
		receipt_code: must(first.data).receipt_code,
		text: must(read.data).text,
		severity: must(patched.data).severity,
		stale: [stale.response.status, must(stale.error).code],
		state: must(moved.data).state,
		illegal: [illegal.response.status, must(illegal.error).code, must(illegal.error).legal],
		listed: await list(desk, unit),
	};
}

/** @param {Client} form @param {string} unit */
function bringIn(form, unit) {
	return form.POST("/v1/feedback", {
		params: { header: { "Idempotency-Key": "4b0d1f0e-0f3a-4a52-9a57-0b1f6a3f1c11" } },
		body: { unit_id: unit, kind: "concern", text: "Puhelimeen ei vastata ☎", channel: "phone", lang: "fi" },
	});
}

/** @param {Client} desk @param {string} id @param {string} etag @param {Schemas["FeedbackState"]} to */
function move(desk, id, etag, to) {
	return desk.POST("/v1/feedback/{id}/transitions", {
		params: { path: { id }, header: { "If-Match": etag } },
		body: { to },
	});
}

/** The ids of every page, two cases to a page. @param {Client} desk @param {string} unit */
async function list(desk, unit) {
	/** @type {string | undefined} */
	let cursor;
	const pages = [];

	do {
		const { data, error } = await desk.GET("/v1/feedback", {
			params: { query: { unit_id: unit, kind: ["concern", "idea"], limit: 2, cursor } },
		});
		const page = must(data, error);

		pages.push(page.items.map((item) => item.id));
		cursor = page.next_cursor ?? undefined;
	} while (cursor);
	return pages;
}

/** Never called: what the contract does not have must not pass the compiler. @param {Client} form @param {string} unit */
export function mistakes(form, unit) {
	// @ts-expect-error there is no such kind
	form.POST("/v1/feedback", { body: { unit_id: unit, kind: "rant", text: "…", channel: "web", lang: "fi" } });
	// @ts-expect-error the language is missing
	form.POST("/v1/feedback", { body: { unit_id: unit, kind: "idea", channel: "web", text: "…" } });
	// @ts-expect-error a transition asks for If-Match
	form.POST("/v1/feedback/{id}/transitions", { params: { path: { id: unit } }, body: { to: "closed" } });
	// @ts-expect-error there is no such path
	form.GET("/v1/feedbacks");
}

/** @template T @param {T | null | undefined} value @param {unknown} [instead] */
function must(value, instead) {
	if (value === null || value === undefined)
		throw new Error(`a value is missing in a reply: ${JSON.stringify(instead)}`);
	return value;
}
