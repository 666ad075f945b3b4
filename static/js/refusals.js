// htmx swaps no answer of status 4xx, except a refusal: that one is a sentence for #messages.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.getResponseHeader("X-Refusal") !== "1") return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-back]") || history.length < 2) return;
  event.preventDefault();
  history.back();
});
