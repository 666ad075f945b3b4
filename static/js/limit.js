// <textarea data-most-bytes="N" id="ID"> with <p id="ID-error" hidden>: a longer text is not sent.
(() => {
  const encoder = new TextEncoder();
  const isTooLong = (field) => {
    const most = Number(field.dataset.mostBytes);
    // Line ends are sent as two bytes and counted as one; UTF-16 length is never above the bytes.
    const bytes = field.value.length > most ? Infinity : encoder.encode(field.value).length;
    const error = document.getElementById(`${field.id}-error`);
    error.textContent = bytes > most
      ? `The text has more than ${most.toLocaleString("en")} bytes, the most that a masterplan holds. Split it.`
      : "";
    error.hidden = bytes <= most;
    return bytes > most;
  };
  document.addEventListener("htmx:confirm", (event) => {
    if (event.target.dataset?.mostBytes && isTooLong(event.target)) event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    const field = event.target.querySelector("textarea[data-most-bytes]");
    if (!field || !isTooLong(field)) return;
    event.preventDefault();
    field.focus();
  });
})();
