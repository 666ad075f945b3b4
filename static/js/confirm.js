// <form data-confirm="Sentence" data-confirm-yes="Cancel it" data-confirm-word="mp-0142">:
// asks before it is sent; with a word, that word has to be typed.
(() => {
  const dialog = document.getElementById("confirm");
  if (!dialog) return;
  const part = (id) => document.getElementById(`confirm-${id}`);
  const field = part("word");
  let form = null, submitter = null;

  const fits = () => !form?.dataset.confirmWord || field.value.trim() === form.dataset.confirmWord;
  const ask = () => {
    const { confirm, confirmTitle, confirmYes, confirmWord } = form.dataset;
    part("title").textContent = confirmTitle || "Are you sure?";
    part("text").textContent = confirm;
    part("yes").textContent = confirmYes || "Confirm";
    part("typed").hidden = !confirmWord;
    part("asked").textContent = confirmWord || "";
    field.value = "";
    part("yes").disabled = !fits();
    dialog.returnValue = "";
    dialog.showModal();
  };
  field.addEventListener("input", () => { part("yes").disabled = !fits(); });
  document.addEventListener("submit", (event) => {
    if (!event.target.dataset?.confirm || event.target.dataset.confirmed !== undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    [form, submitter] = [event.target, event.submitter];
    ask();
  }, true);
  dialog.addEventListener("close", () => {
    const sent = form;
    if (dialog.returnValue !== "yes" || !sent || !fits()) return;
    sent.dataset.confirmed = "";
    sent.requestSubmit(submitter?.isConnected ? submitter : null);
    delete sent.dataset.confirmed;
  });
})();
