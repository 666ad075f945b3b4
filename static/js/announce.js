// One polite live region, at most one sentence in ten seconds; the newest wins.
// A live block carries its sentence in data-say; it is spoken when it has changed.
(() => {
  const GAP_MS = 10000;
  const spoken = new Map();
  let waiting = null, timer = 0, last = -GAP_MS;
  const speak = () => {
    timer = 0;
    last = performance.now();
    document.getElementById("announcer").textContent = waiting;
  };
  const announce = (sentence, { now = false } = {}) => {
    waiting = sentence;
    if (now) { clearTimeout(timer); speak(); return; }
    timer ||= setTimeout(speak, Math.max(0, last + GAP_MS - performance.now()));
  };
  const listen = (isFirst) => {
    for (const block of document.querySelectorAll("[data-say][id]")) {
      const { say } = block.dataset;
      if (!isFirst && say && spoken.get(block.id) !== say) announce(say);
      spoken.set(block.id, say);
    }
  };
  listen(true);
  document.addEventListener("htmx:afterSettle", () => listen(false));
  document.addEventListener("console:say", (event) => announce(event.detail, { now: true }));
})();
