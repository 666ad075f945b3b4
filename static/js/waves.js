// Waves that a person opens stay open: in the address, and in every later fetch of #waves.
(() => {
  const numbers = (root) =>
    [...root.querySelectorAll("details[data-wave][open]")].map((wave) => wave.dataset.wave);

  // The address of this page with exactly these waves open.
  function address(base, waves) {
    const url = new URL(base, location.href);
    url.searchParams.delete("wave");
    for (const number of waves.length ? waves : ["0"]) url.searchParams.append("wave", number);
    return url.pathname + url.search;
  }

  document.addEventListener("toggle", (event) => {
    const wave = event.target;
    if (!(wave instanceof HTMLDetailsElement) || !wave.dataset.wave) return;
    const waves = document.getElementById("waves");
    const here = address(location.href, numbers(waves));
    if (here !== location.pathname + location.search) history.replaceState(history.state, "", here);
    if (wave.open && wave.querySelector("[data-closed]"))
      htmx.ajax("GET", here, { source: waves, target: waves, swap: "morph:outerHTML" });
  }, true);

  // A live fetch asks for what is open now, not for what was open when the block was drawn.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.id !== "waves" || event.detail.verb !== "get") return;
    event.detail.path = address(location.href, numbers(event.target));
  });
})();
