// Rows made of <details data-open-as>: which ones are open stands in the address, so that a live
// fetch of their list brings what is inside, and a copied link shows the same.
(() => {
  const opened = (list) => [...list.querySelectorAll("details[data-open-as][open]")].map((row) => row.dataset.openAs);
  function address(list) {
    const url = new URL(location.href);
    url.searchParams.delete("open");
    for (const name of opened(list)) url.searchParams.append("open", name);
    return url.pathname + url.search;
  }

  document.addEventListener("toggle", (event) => {
    const row = event.target;
    if (!(row instanceof HTMLDetailsElement) || !row.dataset.openAs) return;
    const list = row.closest("[data-topic]");
    const here = address(list);
    if (here !== location.pathname + location.search) history.replaceState(history.state, "", here);
    if (row.open && row.querySelector("[data-closed]"))
      htmx.ajax("GET", here, { source: list, target: list, swap: "morph:outerHTML" });
  }, true);

  // A live fetch asks for what is open; a filter of the list has its own address.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb === "get" && detail.elt.querySelector("details[data-open-as]")) detail.path = address(detail.elt);
  });
})();
