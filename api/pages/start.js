/* Without the renderer the page keeps its links to the contract itself. */
const font = 'system-ui, "Segoe UI", Roboto, sans-serif';

if (window.Redoc) {
	Redoc.init("/openapi.json", {
		disableSearch: true, /* it would run in a worker made of a blob, which the page's policy forbids */
		expandResponses: "200,201",
		hideSchemaTitles: true,
		nativeScrollbars: true,
		requiredPropsFirst: true,
		theme: {
			colors: { primary: { main: "#0b5a54" } },
			typography: { fontSize: "16px", fontFamily: font, headings: { fontFamily: font, fontWeight: "600" } },
		},
	}, document.getElementById("redoc"));
}
