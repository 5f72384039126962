/*
 * Reads a calendar as programs with ical.js do: the text on standard input; on standard output, as JSON, each event by its UID with what it
 * says, its times as it writes them and as moments.
 */
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
const events = calendar.getAllSubcomponents("vevent").map((component) => {
	const event = new ICAL.Event(component);
	const times = { starts: event.startDate, ends: event.endDate };

	return [event.uid, {
		summary: event.summary,
		description: event.description,
		location: event.location,
		sequence: event.sequence,
		status: component.getFirstPropertyValue("status"),
		written: event.startDate.toICALString(),
		...Object.fromEntries(Object.entries(times).map(([name, time]) => [name, time.toJSDate().toISOString()])),
	}];
});

process.stdout.write(JSON.stringify(Object.fromEntries(events)));
