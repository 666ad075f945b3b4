// Waves follow the run until a person opens or closes one; from then on they stay as that person
// wants them: in the address, and in every later fetch of #waves.
(() => {
  const block = () => document.getElementById("waves");
  const all = (root) => [...root.querySelectorAll("details[data-wave]")];
  const numbers = (root) => all(root).filter((wave) => wave.open).map((wave) => wave.dataset.wave);
  const follows = () => !new URLSearchParams(location.search).has("wave");
  const begins = (wave) => wave.dataset.begins === "open";

  // The address of this page with exactly these waves open.
  function address(waves) {
    const url = new URL(location.href);
    url.searchParams.delete("wave");
    for (const number of waves.length ? waves : ["0"]) url.searchParams.append("wave", number);
    return url.pathname + url.search;
  }

  document.addEventListener("toggle", (event) => {
    const wave = event.target;
    if (!(wave instanceof HTMLDetailsElement) || !wave.dataset.wave) return;
    // While the page follows, every wave is as the server wants it, unless a person changed it.
    if (follows() && wave.open === begins(wave)) return;
    const waves = block();
    const here = address(numbers(waves));
    if (here !== location.pathname + location.search) history.replaceState(history.state, "", here);
    if (wave.open && wave.querySelector("[data-closed]"))
      htmx.ajax("GET", here, { source: waves, target: waves, swap: "morph:outerHTML" });
  }, true);

  // A live fetch asks for what a person opened, or, while somebody is inside a wave, for what is
  // open; else the server chooses the wave that runs.
  document.addEventListener("htmx:configRequest", (event) => {
    const { target, detail } = event;
    if (target.id !== "waves" || detail.verb !== "get") return;
    const stays = !follows() || target.querySelector(".inner:focus-within");
    detail.path = stays ? address(numbers(target)) : location.pathname + location.search;
  });

  // The morph leaves open what is open (morph.js); while the page follows, the server's wish counts.
  document.addEventListener("htmx:afterSwap", () => {
    const waves = block();
    if (waves && follows()) for (const wave of all(waves)) wave.open = begins(wave);
  });
})();
