// The form of a decision: what has to be typed and what the button says follow the choice, Ctrl+Enter
// sends it, and when somebody else decides first, the comment that was being written is kept.
(() => {
  const form = () => document.querySelector("form[data-decide]");

  function follow() {
    const current = form();
    const choice = current?.querySelector("input[name=choice]:checked");
    if (!choice) return;
    const isDecline = choice.value === "decline";
    const other = current.querySelector("[data-other]").value.trim().replace(/^\$\s*/, "");
    const typed = choice.dataset.typed || other;
    const row = current.querySelector("[data-confirm]");
    row.hidden = isDecline;
    current.querySelector("[data-no-js-hint]").hidden = true;
    const amount = row.querySelector("[data-confirm-amount]");
    amount.textContent = typed || "the amount";
    amount.classList.toggle("mono", Boolean(typed));
    const words = choice.value === "other" && other ? choice.dataset.button.replace("Approve", `Approve $${other}`) : choice.dataset.button;
    current.querySelector("[data-decide-words]").textContent = words;
  }
  document.addEventListener("change", (event) => { if (event.target.closest("form[data-decide]")) follow(); });
  document.addEventListener("input", (event) => {
    if (!event.target.matches("form[data-decide] [data-other]")) return;
    event.target.form.querySelector("input[name=choice][value=other]").checked = true;
    follow();
  });
  follow();

  // Outside of fields the shortcut of the button does the same (hotkeys.js).
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
    if (!event.target.matches("form[data-decide] :is(textarea, input:not([type=radio]))")) return;
    event.preventDefault();
    event.target.form.querySelector("button[type=submit]").click();
  });

  let comment = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.target.matches("[data-keeps-typed]")) return;
    comment = form()?.querySelector("textarea[name=comment]").value.trim() ?? "";
  });
  document.addEventListener("htmx:afterSwap", () => {
    const kept = document.querySelector("[data-kept]");
    if (comment && kept && !form()) {
      kept.hidden = false;
      kept.querySelector("textarea").value = comment;
      comment = "";
    }
    follow();
  });
  // "Nothing new" (204) swaps nothing, so a word about an earlier failure is taken away here.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target.matches("[data-keeps-typed]") && event.detail.xhr.status === 204) delete event.target.dataset.failed;
  });
})();
