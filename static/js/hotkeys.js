// Shortcuts: every one is the data-hotkey of a visible link, button or field. The dialog behind
// "?" lists those of this page and switches off the ones that need no Ctrl or ⌘.
import { install, uninstall } from "../vendor/hotkey-3.1.4.js";

const STORE = "single-keys";
const stored = () => { try { return localStorage.getItem(STORE) !== "off"; } catch { return true; } };
const isSingle = (keys) => keys.split(",").some((key) => !/(Mod|Control|Meta|Alt)\+/.test(key));
const all = () => document.querySelectorAll("[data-hotkey]");
const installed = new Map();

function bind() {
  for (const [element, keys] of installed) {
    if (element.isConnected && element.dataset.hotkey === keys && (stored() || !isSingle(keys))) continue;
    uninstall(element);
    installed.delete(element);
  }
  for (const element of all()) {
    if (installed.has(element) || (!stored() && isSingle(element.dataset.hotkey))) continue;
    install(element);
    installed.set(element, element.dataset.hotkey);
  }
}

const isMac = navigator.platform.startsWith("Mac");
const mod = isMac ? "⌘" : "Ctrl ";
const shown = (keys) =>
  keys.split(",")[0].replace(/^Mod\+(.)$/, (_, key) => mod + key.toUpperCase()).replace("Mod+", mod).replace("Enter", "↵");
const label = (element) =>
  element.dataset.hotkeyLabel || element.getAttribute("aria-label") || element.textContent.trim().replace(/\s+/g, " ");

function list() {
  const target = document.querySelector("[data-key-list]");
  target.replaceChildren();
  const rows = [...all()].map((element) => [shown(element.dataset.hotkey), label(element)]);
  if (document.querySelector("[data-row]")) rows.push(["j k", "Next or previous row"], ["o", "Open the row"]);
  for (const [keys, text] of rows) {
    const [dt, kbd, dd] = ["dt", "kbd", "dd"].map((tag) => document.createElement(tag));
    kbd.textContent = keys;
    dd.textContent = text;
    dt.append(kbd);
    target.append(dt, dd);
  }
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent);
  const links = rows.map((row) => row.querySelector("a[href]")).filter(Boolean);
  const here = links.findIndex((link) => link.closest("[data-row]").contains(document.activeElement));
  const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by;
  links[Math.max(0, Math.min(links.length - 1, next))]?.focus();
}

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog[open]");
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isTyping(event.target) && !event.target.closest("dialog")) return event.target.blur();
  if (!stored() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "j") step(1);
  if (event.key === "k") step(-1);
  if (event.key === "o") document.activeElement.closest("[data-row]")?.querySelector("a[href]")?.click();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (!opener) return;
  if (opener.dataset.opens === "keys") list();
  document.getElementById(opener.dataset.opens).showModal();
});

const box = document.getElementById("single-keys");
if (box) {
  box.checked = stored();
  box.addEventListener("change", () => {
    try { localStorage.setItem(STORE, box.checked ? "on" : "off"); } catch { return; }
    bind();
  });
}
for (const kbd of document.querySelectorAll("kbd[data-mod]")) kbd.textContent = mod + kbd.dataset.mod;
bind();
document.addEventListener("htmx:afterSettle", bind);
