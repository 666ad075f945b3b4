// Ctrl+Enter in a field of a form[data-send] sends it; outside of fields the shortcut of its button
// does the same (hotkeys.js).
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
  const form = event.target.form;
  if (!form?.matches("form[data-send]") || !event.target.matches("textarea, input:not([type=radio])")) return;
  event.preventDefault();
  form.querySelector("button[type=submit]").click();
});
