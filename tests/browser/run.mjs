/*
 * Visits pages with Debian's Chromium and says what was there. The plan comes as JSON on standard input,
 * the reports go as JSON to standard output, one for each visit and in its order:
 *
 *   { "visits": [{ "url", "language"?, "width"?, "script"?, "await"?, "press"?: ["text of a button"],
 *                  "open"?: "selector", "fill"?: {"selector": "text"}, "axe"?: ["tag of axe's rules"], "print"?: true,
 *                  "screenshot"?: "path" }] }
 *
 * Nothing but 127.0.0.1 can be reached; what was asked for is reported all the same. Chromium's profile is a new
 * one in TMPDIR.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
	"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];
const WAIT_MS = 20000;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function main() {
	const plan = JSON.parse(readFileSync(0, "utf8"));
	const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
	const reports = [];
	try {
		for (const visit of plan.visits)
			reports.push(await report(browser, visit));
	} finally {
		await browser.close();
	}
	process.stdout.write(JSON.stringify(reports));
}

async function report(browser, visit) {
	const context = await browser.newContext({
		locale: visit.language ?? "fi",
		javaScriptEnabled: visit.script ?? true,
		viewport: { width: visit.width ?? 1024, height: 800 },
	});
	const page = await context.newPage();
	const seen = { requests: [], complaints: [] };

	context.setDefaultTimeout(WAIT_MS);
	context.on("request", (request) => seen.requests.push(`${request.method()} ${request.url()}`));
	page.on("console", (message) => message.type() === "error" && seen.complaints.push(message.text()));
	page.on("pageerror", (error) => seen.complaints.push(String(error)));
	try {
		return { ...(await look(page, visit)), ...seen };
	} finally {
		await context.close();
	}
}

async function look(page, visit) {
	let response = await page.goto(visit.url);

	if (visit.await)
		await page.locator(visit.await).first().waitFor();
	if (visit.open)
		await page.click(visit.open);
	for (const [selector, text] of Object.entries(visit.fill ?? {}))
		await page.fill(selector, text);
	for (const name of visit.press ?? []) {
		const answered = page.waitForResponse((candidate) => candidate.request().isNavigationRequest());

		await page.getByRole("button", { name, exact: true }).click();
		response = await answered;
		await page.waitForLoadState();
	}
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
		buttons: await page.getByRole("button").allInnerTexts(),
		too_wide: await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth),
		violations: visit.axe ? await violations(page, visit.axe) : [],
	};
}

async function violations(page, tags) {
	await page.evaluate(axe);
	const found = await page.evaluate((runOnly) => window.axe.run({ runOnly }), tags);
	return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
}

await main();
