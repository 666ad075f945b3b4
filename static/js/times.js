// <time datetime data-local="time|seconds|day|ago">: the reader's zone, with UTC on hover.
(() => {
  const two = { hour: "2-digit", minute: "2-digit", hour12: false };
  const styles = {
    time: new Intl.DateTimeFormat("en-GB", two),
    seconds: new Intl.DateTimeFormat("en-GB", { ...two, second: "2-digit" }),
    day: new Intl.DateTimeFormat("en-GB", { ...two, day: "numeric", month: "short", year: "numeric" }),
  };
  const ago = (moment) => {
    const s = (Date.now() - moment) / 1000;
    if (s < 45) return "just now";
    if (s >= 86400) return `${Math.floor(s / 86400)} d ago`;
    if (s >= 3600) return `${Math.floor(s / 3600)} h ago`;
    return `${Math.max(1, Math.floor(s / 60))} min ago`;
  };
  const show = (selector) => {
    for (const element of document.querySelectorAll(selector)) {
      const moment = new Date(element.dateTime);
      const style = element.dataset.local;
      if (Number.isNaN(+moment)) continue;
      const text = style === "ago" ? ago(moment) : styles[style]?.format(moment);
      if (text && element.textContent !== text) element.textContent = text;
    }
  };
  const all = () => show("time[data-local]");
  all();
  document.addEventListener("htmx:afterSwap", all);
  setInterval(() => show("time[data-local=ago]"), 20000);
})();
