// [data-poll-s]: fires "poll" on the element every so many seconds, and never in a hidden tab.
(() => {
  const last = new Map();
  setInterval(() => {
    if (document.hidden || document.body.dataset.live === "paused") return;
    for (const element of document.querySelectorAll("[data-poll-s][id]")) {
      if (!last.has(element.id)) last.set(element.id, performance.now());
      if (performance.now() - last.get(element.id) < element.dataset.pollS * 1000) continue;
      last.set(element.id, performance.now());
      element.dispatchEvent(new CustomEvent("poll"));
    }
  }, 1000);
})();
