// <input type="file" data-fills="ID">: puts the file's text into the field, where it is previewed.
const fill = async (input) => {
  if (!(input instanceof HTMLInputElement) || !input.dataset.fills || !input.files.length) return;
  const error = document.getElementById(`${input.id}-error`);
  const field = document.getElementById(input.dataset.fills);
  const say = (sentence) => { error.textContent = sentence; error.hidden = !sentence; };
  const file = input.files[0];
  try {
    if (file.size > 1_000_000) throw new RangeError();
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    say("");
  } catch (problem) {
    say(problem instanceof RangeError
      ? `The file has ${file.size.toLocaleString("en")} bytes; a masterplan holds at most 1,000,000. Split it.`
      : "The file is not UTF-8 text. Save it as UTF-8, and choose it again.");
  }
  input.value = "";  // from here on the text field is what is sent
};
document.addEventListener("change", (event) => fill(event.target));
// A file may be chosen before this script has come, or be put back by the browser.
document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("input[data-fills]").forEach(fill));
