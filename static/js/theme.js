// Light, dark, or what the system says. Runs before the first paint, so that no page flashes.
(() => {
  const root = document.documentElement;
  const order = ["system", "light", "dark"];
  const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const chosen = () => (order.includes(stored()) ? stored() : "system");
  const show = () => {
    root.dataset.js = "";
    root.dataset.themeChoice = chosen();
    if (chosen() === "system") delete root.dataset.theme; else root.dataset.theme = chosen();
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      const next = order[(order.indexOf(chosen()) + 1) % order.length];
      button.setAttribute("aria-label", `Colour theme: ${chosen()}. Switch to ${next}`);
    }
  };
  show();
  document.addEventListener("DOMContentLoaded", show);
  addEventListener("storage", show);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    try { localStorage.setItem("theme", order[(order.indexOf(chosen()) + 1) % order.length]); } catch { return; }
    show();
  });
})();
