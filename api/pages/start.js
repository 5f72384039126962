/* Without the renderer the page keeps its links to the contract itself. */
if (window.Redoc) {
	Redoc.init("/openapi.json", { disableSearch: true, hideDownloadButtons: false }, document.getElementById("redoc"));
}
