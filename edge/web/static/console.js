// A console in the browser: keys, acts confirmed in place, what comes by a stream. No page needs it to be read.
"use strict";
(() => {
  const STALE_AFTER = 10_000;   // no heartbeat for so long: what is on the page is old (data-stale-after: another bound)
  const AGAIN_AFTER = 3_000;    // a stream that was refused is asked for again
  const LONGEST_WAIT = 60_000;  // and one that is silent, after waits that grow to this
  const FOLDS_AFTER = 10_000;   // an opened confirmation that nobody touches
  const LEAP = 1_500;           // the clock of the day went on by so much more than the other
  const BEAT = 0.6;             // two heartbeats are apart by less than this share of what is old

  // --- keys ------------------------------------------------------------------------------------------
  const keysOff = () => document.body.dataset.singleKeys === "off" || document.cookie.split("; ").includes("keys=off");
  const inField = (at) => at.closest("input, textarea, select, [contenteditable]") !== null;
  const press = (selector, root = document) => {
    const found = root.querySelector(selector);
    if (!found || found.hidden) return false;
    if (inField(found)) found.focus(); else found.click();
    return true;
  };
  // What else a page has keys for, it names itself; the row in focus comes first, and its content before its frame.
  function ownKey(key) {
    const named = `[data-key="${CSS.escape(key)}"]`;
    const row = document.activeElement.closest("tr, [role=row]");
    return (row && press(named, row)) || press(named, document.getElementById("content")) || press(named);
  }
  const rowsOf = (at) => [...(at.closest(".rows") || document).querySelectorAll(".rows tbody tr:not([hidden]), .rows [role=row]:not([hidden])")]
    .filter((row) => row.querySelector("a, button") || row.tabIndex >= 0);
  const focusRow = (row) => row && (row.tabIndex >= 0 ? row : row.querySelector("a, button")).focus();

  function move(by) {
    const rows = rowsOf(document.activeElement);
    const here = rows.indexOf(document.activeElement.closest("tr, [role=row]"));
    if (rows.length === 0) return false;
    focusRow(rows[Math.min(Math.max(here + by, 0), rows.length - 1)]);
    return true;
  }
  function fold(open) {
    const row = document.activeElement.closest("[aria-expanded]") || document.activeElement.closest("tr")?.querySelector("[aria-expanded]");
    if (!row || row.getAttribute("aria-expanded") === String(open)) return false;
    row.click();
    return true;
  }
  function toggleKeys(open) {
    const sheet = document.getElementById("keys");
    sheet.hidden = open === undefined ? !sheet.hidden : !open;
    document.querySelector("[data-keys]").setAttribute("aria-expanded", String(!sheet.hidden));
    if (!sheet.hidden) sheet.scrollIntoView({block: "nearest"});
    return true;
  }
  function escape() {
    document.querySelectorAll("details[open]").forEach((item) => { item.open = false; });
    if (!document.getElementById("keys").hidden) toggleKeys(false);
    if (inField(document.activeElement)) document.activeElement.blur();
    return true;
  }
  const KEYS = {
    "/": () => { const field = document.getElementById("search"); field?.focus(); return Boolean(field); },
    "?": () => toggleKeys(),
    n: () => press(".new-rows:not([hidden])"),
    " ": () => press("[data-pause]"),
    g: () => { const gap = [...document.querySelectorAll(".gap")].find((item) => item.getBoundingClientRect().top > 60); gap?.scrollIntoView({block: "center"}); return Boolean(gap); },
    "+": () => press("[data-key=zoom-in]"),
    "-": () => press("[data-key=zoom-out]"),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    ArrowRight: () => fold(true),
    ArrowLeft: () => fold(false),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") { escape(); return; }
    if (inField(event.target) || keysOff()) return;
    if (event.key === " " && event.target.closest("button, a, summary")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (KEYS[key]?.() || ownKey(key)) event.preventDefault();
  });

  // --- clicks ----------------------------------------------------------------------------------------
  const showKeysState = () => document.querySelectorAll("[data-keys-off]").forEach((button) => button.setAttribute("aria-pressed", String(keysOff())));
  document.addEventListener("click", (event) => {
    const at = event.target;
    if (at.closest("[data-keys]")) toggleKeys();
    if (at.closest("[data-keep]")) at.closest("details").open = false;
    if (at.closest("[data-keys-off]")) {
      document.cookie = `keys=${keysOff() ? "on" : "off"}; path=/; max-age=31536000; samesite=lax`;
      showKeysState();
    }
  });
  // "Keep" is in focus first; the form folds back when nobody touches it.
  document.addEventListener("toggle", (event) => {
    const item = event.target;
    if (!item.matches?.("[data-confirm]") || !item.open) return;
    item.querySelector("[data-keep]").focus();
    const again = () => { clearTimeout(timer); timer = setTimeout(() => { item.open = false; }, FOLDS_AFTER); };
    let timer = setTimeout(() => { item.open = false; }, FOLDS_AFTER);
    ["input", "keydown", "pointermove"].forEach((kind) => item.addEventListener(kind, again));
  }, true);

  // --- streams -----------------------------------------------------------------------------------------
  const parsed = (html) => { const box = document.createElement("template"); box.innerHTML = html; return box.content; };

  // What is replaced under a finger that is down is not tapped: it waits until the finger is up, though not for long.
  const FINGER_DOWN = 1_000, TAPPED = 50;
  const untilLifted = [];       // what comes while a finger is down
  const behind = new Map();     // what comes for an element that is held, the newest of each: until it is "released"
  let lifting;
  const lifted = (after) => {
    clearTimeout(lifting);
    lifting = setTimeout(() => { lifting = undefined; untilLifted.splice(0).forEach((one) => place(...one)); }, after);
  };
  addEventListener("pointerdown", () => lifted(FINGER_DOWN), true);
  ["pointerup", "pointercancel"].forEach((kind) => addEventListener(kind, () => lifted(TAPPED), true));
  document.addEventListener("released", () => {
    const nodes = [...behind.values()];
    behind.clear();
    place(nodes, "released");
  });

  function figures(html, topic) {
    const nodes = [...parsed(html).querySelectorAll("[id]")].filter((node) => !node.parentElement?.closest("[id]"));
    nodes.forEach((node) => { node.came = performance.now(); });   // however long it waits, its ages are of now
    place(nodes, topic);
  }
  function place(nodes, topic) {
    if (lifting !== undefined) { untilLifted.push([nodes, topic]); return; }
    nodes.forEach((node) => {
      const old = document.getElementById(node.id), top = old?.scrollTop;
      if (old?.matches("[data-held]")) { behind.set(node.id, node); return; }
      if (old?.isEqualNode(node)) return;   // a picture is not asked for again, nothing is read out twice
      old?.replaceWith(node);
      if (top && old.dataset.number === node.dataset.number) node.scrollTop = top;   // nothing moves under a finger
      window.htmx?.process(node);
    });
    document.dispatchEvent(new CustomEvent("figures", {detail: topic}));
  }
  function listen(element) {
    const main = document.getElementById("content");
    const banner = document.querySelector("[data-stale]");
    const staleAfter = Number(element.dataset.staleAfter || STALE_AFTER);
    // By the clock that only goes forward: a tablet's own may be set, or stand wrong. `told` is the server's, at
    // first that of the page.
    let heard = performance.now(), told = Number(main.dataset.now), stale = false, source;
    let opened, patience = 2 * staleAfter, last = "", ahead = Date.now() - heard;
    const alive = (event) => {
      heard = performance.now();
      patience = 2 * staleAfter;
      last = event.lastEventId || last;
      if (event.type === "heartbeat" && Number(event.data)) told = Number(event.data) / 1000;
      if (!stale) return;
      stale = false;
      banner.hidden = true;
      main.classList.remove("is-stale");
    };
    function open() {
      source?.close();
      opened = performance.now();
      const from = last && `${element.dataset.stream.includes("?") ? "&" : "?"}last-event-id=${encodeURIComponent(last)}`;
      source = new EventSource(element.dataset.stream + from);
      source.addEventListener("heartbeat", alive);
      source.addEventListener("row", (event) => { alive(event); element.dispatchEvent(new CustomEvent("row", {detail: event.data})); });
      ["figures", ...(element.dataset.topics || "").split(" ").filter(Boolean)].forEach((topic) => {
        source.addEventListener(topic, (event) => { alive(event); figures(event.data, topic); });
      });
      source.addEventListener("ended", () => { source.close(); document.dispatchEvent(new CustomEvent("leaving")); location.reload(); });
      // A browser connects again by itself, but not where it was refused.
      source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_AFTER); });
    }
    open();
    // That clock stands still where some tablets sleep. One of the day that has leapt was set, or the tablet slept:
    // where the line is well, a heartbeat says so within a moment.
    function silent() {
      const now = performance.now(), leapt = Date.now() - now - ahead;
      ahead += leapt;
      if (leapt >= LEAP) {
        heard = Math.min(heard, now - staleAfter * (1 - BEAT));
        opened = -Infinity;
      }
      return now - heard >= staleAfter;
    }
    // A tablet that slept, or changed its network, holds a line on which nothing comes any more: nobody hung up.
    function askAgain() {
      if (source.readyState === EventSource.CLOSED || performance.now() - opened < patience) return;
      patience = Math.min(2 * patience, LONGEST_WAIT);
      open();
    }
    setInterval(() => {
      if (!silent()) return;
      askAgain();
      if (stale) return;
      stale = true;
      const since = new Date(told);
      const format = {timeStyle: "medium", timeZone: element.dataset.zone};
      banner.querySelector("[data-stale-since]").textContent = new Intl.DateTimeFormat("en-GB", format).format(since);
      banner.hidden = false;
      main.classList.add("is-stale");
    }, 1_000);
    addEventListener("pagehide", () => source.close());
    // A page that is brought back whole, as it was when somebody went on, hears again from where it was.
    addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  }
  const start = () => { document.querySelectorAll("[data-stream]").forEach(listen); showKeysState(); };
  // After all scripts: each row is heard.
  if (document.readyState === "complete") start(); else document.addEventListener("DOMContentLoaded", start);
})();
