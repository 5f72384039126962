/*
 * Visits pages with Debian's Chromium and says what was there. Each line of standard input is a plan, as JSON; it is
 * answered by a line on standard output: { "reports": [one for each visit, in its order] } or { "failure": "why" }.
 *
 *   { "visits": [{ "url", "language"?, "width"?, "script"?, "print"?, "sheets"?, "await"?: "selector", "open"?: "selector",
 *                  "fill"?: {"selector": "text"}, "check"?: ["selector"], "choose"?: {"selector": "value"},
 *                  "press"?: ["text of a button"],
 *                  "then"?: {"go"?: "back" or "again", "fill"?, "check"?, "press"?}, "keys"?: ["Tab" or any key, "text:what is typed"],
 *                  "axe"?: ["tag of axe's rules"], "within"?: ["selector that axe is limited to"],
 *                  "screenshot"?: "path" }] }
 *
 * Nothing but 127.0.0.1 can be reached; what was asked for is reported all the same. Chromium writes to TMPDIR alone
 * and ends with standard input.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
	"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];
const WAIT_MS = 60000;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function main() {
	const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });

	for await (const line of createInterface({ input: process.stdin })) {
		const answer = await follow(browser, JSON.parse(line)).catch((failure) => ({ failure: failure.stack }));

		process.stdout.write(`${JSON.stringify(answer)}\n`);
	}
	await browser.close();
}

/* Nothing is left of a plan for the next: each has contexts of its own, which are as new profiles. */
async function follow(browser, plan) {
	const tabs = new Map();
	const reports = [];

	try {
		for (const visit of plan.visits) {
			const tab = await tabFor(browser, tabs, visit);

			tab.requests = [];
			tab.complaints = [];
			reports.push({ ...(await look(tab.page, visit)), requests: tab.requests, complaints: tab.complaints });
		}
	} finally {
		for (const { page } of tabs.values())
			await page.context().close();
	}
	return { reports };
}

/* Visits with the same settings share a tab, which is quicker. */
async function tabFor(browser, tabs, { language = "fi", width = 1024, script = true }) {
	const key = JSON.stringify([language, width, script]);

	if (!tabs.has(key)) {
		const viewport = { width, height: 800 };
		const context = await browser.newContext({ locale: language, javaScriptEnabled: script, viewport });

		context.setDefaultTimeout(WAIT_MS);
		tabs.set(key, watched(await context.newPage()));
	}
	return tabs.get(key);
}

function watched(page) {
	const tab = { page, requests: [], complaints: [] };

	/* The icon is fetched once in a while, when the browser thinks fit. */
	page.on("request", (request) => request.url().endsWith("/favicon.svg") || tab.requests.push(`${request.method()} ${request.url()}`));
	page.on("console", (message) => message.type() === "error" && tab.complaints.push(message.text()));
	page.on("pageerror", (error) => tab.complaints.push(String(error)));
	return tab;
}

async function look(page, visit) {
	await page.emulateMedia({ media: "screen" });
	let response = await page.goto(visit.url);

	if (visit.await)
		await page.locator(visit.await).first().waitFor();
	if (visit.open)
		await page.click(visit.open);
	for (const steps of [visit, visit.then ?? {}])
		response = (await take(page, steps)) ?? response;
	const walk = [];

	for (const key of visit.keys ?? [])
		walk.push(await type(page, key));
	if (visit.print)
		await page.emulateMedia({ media: "print" });
	if (visit.screenshot)
		await page.screenshot({ path: visit.screenshot, fullPage: true });
	return {
		status: response.status(),
		headers: response.headers(),
		title: await page.title(),
		language: await page.locator("html").getAttribute("lang"),
		text: await page.locator("body").innerText(),
		headings: await page.locator("h1").allInnerTexts(),
		walk,
		focus: await focused(page),
		buttons: await page.getByRole("button").allInnerTexts(),
		too_wide: await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth),
		violations: visit.axe ? await violations(page, visit) : [],
		sheets: visit.sheets ? await sheets(page) : null,
	};
}

/* How many sheets of A4 the page takes with the margins of a common printer. */
async function sheets(page) {
	const pdf = await page.pdf({ format: "A4", margin: { top: "10mm", bottom: "10mm", left: "10mm", right: "10mm" } });

	return pdf.toString("latin1").match(/\/Type\s*\/Page\b/g).length;
}

/* What answered the last button that was pressed, if one was. */
async function take(page, { go, fill = {}, check = [], choose = {}, press: names = [] }) {
	let response = go && (await (go === "back" ? page.goBack() : page.reload()));

	for (const [selector, text] of Object.entries(fill))
		await page.fill(selector, text);
	for (const selector of check)
		await page.check(selector);
	for (const [selector, value] of Object.entries(choose))
		await page.selectOption(selector, value);
	for (const name of names)
		response = await press(page, name);
	return response;
}

/* Where the focus is then. Enter on a button or in a line leads to another page, which is waited for. */
async function type(page, key) {
	if (key.startsWith("text:"))
		await page.keyboard.type(key.slice("text:".length));
	else if (key === "Enter" && /^(button|input#)/.test(await focused(page)))
		await Promise.all([page.waitForEvent("load"), page.keyboard.press(key)]);
	else
		await page.keyboard.press(key);
	return focused(page);
}

/* "textarea#text", "div.faults", "a" */
function focused(page) {
	return page.evaluate(() => {
		const { localName, id, className } = document.activeElement ?? document.body;

		return localName + (id && `#${id}`) + (className && `.${className}`);
	});
}

async function press(page, name) {
	const answered = page.waitForResponse((candidate) => candidate.request().isNavigationRequest());

	await page.getByRole("button", { name, exact: true }).click();
	const response = await answered;

	await page.waitForLoadState();
	return response;
}

async function violations(page, visit) {
	await page.evaluate(axe);
	const found = await page.evaluate(([tags, within]) => window.axe.run(
		within ? { include: within } : document,
		{ runOnly: tags, resultTypes: ["violations"], preload: false },
	), [visit.axe, visit.within]);

	return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
}

await main();
