// What survives a morph: text being typed, and a <details> or <dialog> that the reader opened.
// idiomorph leaves the whole inside of the focused element alone, also that of a link; a getter
// keeps that to fields, and is read at the start of every morph.
Object.defineProperty(Idiomorph.defaults, "ignoreActiveValue", {
  enumerable: true,
  get: () => Boolean(document.activeElement?.matches("input, textarea, select, [contenteditable]")),
});
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
  !(name === "open" && (node.tagName === "DETAILS" || node.tagName === "DIALOG"));
