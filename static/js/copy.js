// [data-copy]: copies its text, or the address of the view when it has none.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = button.dataset.copy || location.href;
  let sentence = button.dataset.copy ? "Copied" : "Link copied";
  try {
    await navigator.clipboard.writeText(text);
    button.dataset.done = "";
    setTimeout(() => delete button.dataset.done, 1500);
  } catch {
    sentence = "This browser does not allow copying";
  }
  document.dispatchEvent(new CustomEvent("console:say", { detail: sentence }));
});
