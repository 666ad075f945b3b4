// One socket per page. It says only "topic T is now at version N"; the figures are fetched over HTTP
// by the blocks that carry data-topic, data-v and hx-trigger="live:T from:body".
(() => {
  const body = document.body;
  if (!body.dataset.ws) return;
  const GAP_MS = 1000, POLL_MS = 15000, LONGEST_WAIT_MS = 15000, ASK_MS = 30000, PATIENCE_MS = 10000, RETRY_MS = 5000;
  const SIGNED_OUT = 4401, FORBIDDEN = 4403;

  const known = new Map();    // topic -> newest version that was fetched, or is about to be
  const due = new Map();      // topic -> version to fetch it for; Infinity: whatever it is
  const dirty = new Set();    // changed while the tab was hidden or updates were paused
  const failures = new Map(); // id of a block -> how often in a row its fetch failed
  let socket = null, tries = 0, waitTimer = 0, pollTimer = 0, patienceTimer = 0, gateTimer = 0, lastFetch = -Infinity;
  let state = "connecting", asOf = new Date(), paused = false;
  let degraded = false;       // the socket is there, but the server hears of changes late

  // --- what is on the page -----------------------------------------------------------------
  const topicsOf = (block) => block.dataset.topic.split(/\s+/).filter(Boolean);
  const blocks = () => [...document.querySelectorAll("[data-topic]")];
  const topics = () => [...new Set(blocks().flatMap(topicsOf))].sort();
  function read() {
    for (const block of blocks()) {
      const version = Number(block.dataset.v) || 0;
      for (const topic of topicsOf(block)) known.set(topic, Math.max(known.get(topic) ?? 0, version));
    }
  }

  // --- the state chip ------------------------------------------------------------------------
  const chip = document.getElementById("live");
  const time = (moment) => moment.toLocaleTimeString("en-GB");
  const texts = {
    connecting: () => `Connecting, figures as of ${time(asOf)}`,
    on: () => "Live",
    retry: () => `Reconnecting, figures as of ${time(asOf)}`,
    paused: () => `Paused, figures as of ${time(asOf)}`,
    out: () => "Signed out, sign in again",
    denied: () => "Live updates are not allowed for your role",
  };
  function show() {
    const shown = paused && (state === "on" || state === "retry" || state === "connecting") ? "paused" : state;
    body.dataset.live = shown;
    if (!chip) return;
    chip.disabled = shown === "denied";
    chip.classList.toggle("off", shown !== "on");
    chip.querySelector("[data-live-text]").textContent = texts[shown]();
    const action = { paused: "Resume live updates", out: "Sign in again" }[shown] || "Pause live updates";
    chip.title = action;
    chip.dataset.hotkeyLabel = action;
  }
  function enter(next) {
    if (next === state) return show();
    const told = { out: texts.out(), on: state === "retry" ? "Live again" : "" }[next];
    state = next;
    show();
    if (told) document.dispatchEvent(new CustomEvent("console:say", { detail: told }));
  }

  // --- fetching: all that changed together, at most once a second, first and last change kept --
  // The topics of one plan change together but are told one by one; figures of one moment are
  // fetched at one moment, so a change of one of them fetches the others too.
  const family = (topic) => topic.match(/^mp\.[^.]+\./)?.[0] ?? topic;
  function changed(topic, version = Infinity) {
    if (document.hidden || paused) { dirty.add(topic); return; }
    due.set(topic, Math.max(due.get(topic) ?? 0, version));
    gateTimer ||= setTimeout(fetchDue, Math.max(0, lastFetch + GAP_MS - performance.now()));
  }
  function fetchDue() {
    gateTimer = 0;
    const shown = (topic) => Math.min(...blocks().filter((block) => topicsOf(block).includes(topic)).map((block) => Number(block.dataset.v) || 0));
    // What a fetch for another topic has brought meanwhile is not fetched again.
    const families = new Set([...due].filter(([topic, version]) => version > shown(topic)).map(([topic]) => family(topic)));
    due.clear();
    if (!families.size) return;
    lastFetch = performance.now();
    for (const topic of topics())
      if (families.has(family(topic))) body.dispatchEvent(new CustomEvent(`live:${topic}`));
  }
  const refresh = () => topics().forEach((topic) => changed(topic));
  function note(topic, version) {
    if (version <= (known.get(topic) ?? 0)) return;
    known.set(topic, version);
    changed(topic, version);
  }
  function catchUp() {
    const waiting = [...dirty];
    dirty.clear();
    waiting.forEach((topic) => changed(topic));
  }

  // --- the socket -----------------------------------------------------------------------------
  function ask() {
    if (socket?.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ sub: topics() }));
    // A connection that died in its sleep takes questions and answers none.
    patienceTimer ||= setTimeout(() => { patienceTimer = 0; lost(socket); }, PATIENCE_MS);
  }
  function heard(event) {
    clearTimeout(patienceTimer);
    patienceTimer = 0;
    const { degraded: news = degraded, ...versions } = JSON.parse(event.data);
    for (const [topic, version] of Object.entries(versions)) note(topic, version);
    if (news !== degraded) {
      degraded = news;
      if (!degraded) refresh();
    }
    if (degraded) return poll();
    document.getElementById("valkey-away")?.remove();
    if (!paused && !document.hidden) asOf = new Date();
    clearInterval(pollTimer);
    pollTimer = 0;
  }
  function poll() {
    pollTimer ||= setInterval(refresh, POLL_MS);
  }
  function open() {
    clearTimeout(waitTimer);
    waitTimer = 0;
    const mine = new WebSocket(location.origin.replace(/^http/, "ws") + body.dataset.ws);
    socket = mine;
    degraded = false;
    mine.onopen = () => ask();
    mine.onmessage = (event) => {
      if (mine !== socket) return;
      tries = 0;
      heard(event);
      enter(degraded ? "retry" : "on");
    };
    mine.onclose = (event) => lost(mine, event.code);
  }
  function lost(which, code) {
    if (which !== socket) return;
    socket = null;
    which.onclose = null;
    which.close();
    clearTimeout(patienceTimer);
    patienceTimer = 0;
    if (code === SIGNED_OUT || code === FORBIDDEN) return end(code === SIGNED_OUT ? "out" : "denied");
    enter("retry");
    poll();
    waitTimer = setTimeout(open, Math.min(LONGEST_WAIT_MS, 500 * 2 ** tries++) * (0.5 + Math.random()));
  }
  function end(last) {
    clearInterval(pollTimer);
    clearTimeout(waitTimer);
    const left = socket;
    socket = null;
    left?.close();
    enter(last);
  }
  const reopen = () => { if (waitTimer && !document.hidden) { tries = 0; open(); } };

  // --- what else happens ------------------------------------------------------------------------
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    catchUp();
    reopen();
    ask();
  });
  addEventListener("online", reopen);
  addEventListener("pagehide", () => { if (socket) { socket.onclose = null; socket.close(); } });
  addEventListener("pageshow", (event) => { if (event.persisted && state !== "out") { tries = 0; open(); } });
  setInterval(ask, ASK_MS);
  chip?.addEventListener("click", () => {
    if (state === "out") {
      location.assign(`${body.dataset.signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
      return;
    }
    paused = !paused;
    if (!paused) { catchUp(); ask(); }
    show();
  });

  let watched = "";
  body.addEventListener("htmx:afterSettle", (event) => {
    read();
    const now = topics().join(" ");
    if (now !== watched) { watched = now; ask(); }
    const block = event.detail.elt?.closest?.("[data-topic]");
    if (block) {
      failures.delete(block.id);
      if (!paused) asOf = new Date();
      if (state === "retry") show();
    }
  });
  // A block that did not load keeps its old figures, says so, and tries again.
  function failed(event) {
    if (event.detail.xhr?.status === 401) return end("out");
    const block = event.detail.elt?.closest?.("[data-topic]");
    if (!block) return;
    block.dataset.failed = `Did not load at ${time(new Date())}. These figures are older.`;
    const times = failures.get(block.id) ?? 0;
    failures.set(block.id, times + 1);
    const wait = Math.min(60000, RETRY_MS * 2 ** times) * (0.75 + Math.random() / 2);
    setTimeout(() => { if (block.isConnected) topicsOf(block).forEach((topic) => changed(topic)); }, wait);
  }
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) body.addEventListener(name, failed);

  read();
  watched = topics().join(" ");
  show();
  open();
})();
