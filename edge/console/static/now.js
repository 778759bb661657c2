// The page Now: sheets that fold and hold back who comes next, rows that enter, ages that go on, keys.
"use strict";
(() => {
  const page = document.querySelector(".now");
  if (!page) return;
  const at = (id) => document.getElementById(id);
  const sheet = () => at("now-sheet").querySelector(".now-sheet");
  const units = page.dataset.units.split(",");

  // --- what is asked of the gate: one act at a time, and of sheets the one that was tapped last. A reason that is
  // tapped is that of the sheet it stands on, and goes before a sheet that has not come yet: that one comes after it ---
  const SAID_AFTER = 1_000, READ_WITHIN = 60_000;
  let acting = null, asking = null, next = null, said = "", saying;
  function tell(what) {
    clearTimeout(saying);
    said = what;
    const place = at("now-unheard"), words = (place.dataset[what] ?? "").split("|");
    place.replaceChildren(...(what ? [at("now-unheard-line").content.cloneNode(true)] : []));
    ["strong", "small"].forEach((part, number) => { if (what) place.querySelector(part).textContent = words[number] ?? ""; });
    place.classList.toggle("asks", what === "asking");
    if (what === "act" || what === "sheet") saying = setTimeout(() => tell(""), READ_WITHIN);
  }
  document.addEventListener("htmx:before:request", (event) => {
    const ctx = event.detail.ctx, isAct = ctx.request.method !== "GET";
    if (ctx.target !== at("now-sheet")) return;
    if (!isAct && acting) { next = ctx.request.action; event.preventDefault(); return; }
    if (isAct) {
      acting = ctx;
      if (asking) { next = asking.request.action; asking.request.abort(); }
    } else asking = ctx;
    if (said === "act" && !isAct) return;   // that an act may have been done is not taken away by the next sheet
    tell("");
    saying = setTimeout(() => tell("asking"), SAID_AFTER);
  });
  document.addEventListener("htmx:error", (event) => {
    const ctx = event.detail.ctx;
    if (ctx && ctx === acting) tell("act");
    else if (ctx && ctx === asking && said !== "act") tell("sheet");
  });
  document.addEventListener("htmx:finally:request", (event) => {
    const ctx = event.detail.ctx;
    if (ctx !== acting && ctx !== asking) return;
    if (ctx !== acting) asking = null;
    else { acting = null; if (at("now-sheet").firstElementChild) next = null; }   // its words stay, and its key
    if (acting || asking) return;
    if (said === "asking" || !said) tell("");
    if (next === null) return;
    const address = next;
    next = null;
    window.htmx.ajax("GET", address, {target: "#now-sheet", source: "#now-sheet"});
  });

  // --- a sheet: it belongs to the encounter of the first tap, so the card stands still behind it ---
  let folding;
  function hold() { at("now-card").dataset.held = ""; }
  function release() {
    clearTimeout(folding);
    document.querySelectorAll(".now-act.is-open").forEach((act) => act.classList.remove("is-open"));
    delete at("now-card").dataset.held;
    document.dispatchEvent(new CustomEvent("released"));
  }
  function close() {
    const open = sheet();
    if (!open) return false;
    const opener = document.querySelector(".now-act.is-open");
    at("now-sheet").replaceChildren();
    release();
    opener?.focus();
    return true;
  }
  function wait() {
    clearTimeout(folding);
    const open = sheet();
    if (open) folding = setTimeout(close, Number(open.dataset.folds) * 1000);
  }
  new MutationObserver(() => {
    const open = sheet();
    if (!open) { release(); return; }
    hold();
    document.querySelector(`.now-act[data-act="${open.dataset.act}"]`)?.classList.add("is-open");
    open.querySelector("#sheet-title").focus();
    wait();
  }).observe(at("now-sheet"), {childList: true});
  ["input", "keydown", "pointermove", "pointerdown"].forEach((kind) => at("now-sheet").addEventListener(kind, wait));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-sheet]")) { event.preventDefault(); close(); }
    if (event.target.closest("#now-new")) enter();
  });
  if (sheet()) { hold(); wait(); }
  // What was done stands where the act was, and its sheet is folded.
  let acted = -Infinity;
  new MutationObserver(() => { acted = performance.now(); close(); }).observe(at("now-receipt"), {childList: true});

  // --- rows: those in view keep their place; new ones enter where nobody is looking at one ---
  const rows = at("now-rows"), more = at("now-new");
  let entered = -Infinity;
  const known = () => new Set([...rows.children].map((row) => row.dataset.number));
  function fresh() {
    const have = known();
    return [...at("now-incoming").children].filter((row) => !have.has(row.dataset.number));
  }
  function enter() {
    rows.replaceChildren(...[...at("now-incoming").children].map((row) => row.cloneNode(true)));
    entered = performance.now();
    more.hidden = true;
  }
  function undisturbed() {
    const list = rows.closest(".now-list");
    if (performance.now() - acted < 5000) return true;  // the row of one's own act enters at once
    return !list.matches(":hover") && !list.contains(document.activeElement) && list.scrollTop === 0
      && performance.now() - entered >= 1000;
  }
  function arrive() {
    if (!at("now-incoming").children.length) return;
    const count = fresh().length;
    if (!count) {  // what is known may have got a name meanwhile
      const next = new Map([...at("now-incoming").children].map((row) => [row.dataset.number, row]));
      [...rows.children].forEach((row) => { if (next.has(row.dataset.number) && row.innerHTML !== next.get(row.dataset.number).innerHTML) row.innerHTML = next.get(row.dataset.number).innerHTML; });
      more.hidden = true;
    } else if (undisturbed()) {
      enter();
    } else {
      more.querySelector("[data-count]").textContent = String(count);
      more.hidden = false;
    }
  }
  new MutationObserver(arrive).observe(at("now-waiting"), {childList: true});

  // --- ages go on between two news ---
  function duration(seconds) {
    const days = Math.floor(seconds / 86400), hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60);
    if (days) return `${days} ${units[3]}` + (hours % 24 ? ` ${hours % 24} ${units[2]}` : "");
    if (hours) return `${hours} ${units[2]}` + (minutes % 60 ? ` ${minutes % 60} ${units[1]}` : "");
    return minutes ? `${minutes} ${units[1]}` : `${seconds} ${units[0]}`;
  }
  const shown = new WeakMap();  // element -> when its seconds were true
  const clocks = new WeakMap();
  const clock = new Intl.DateTimeFormat("en-GB", {timeStyle: "medium", timeZone: page.dataset.zone});
  function tick() {
    const now = performance.now();
    document.querySelectorAll(".now [data-age], .now [data-left]").forEach((item) => {
      if (!shown.has(item)) shown.set(item, item.closest("[id]")?.came ?? now);
      const passed = Math.floor((now - shown.get(item)) / 1000);
      const seconds = item.dataset.age === undefined ? Math.max(0, Number(item.dataset.left) - passed) : Number(item.dataset.age) + passed;
      const text = item.dataset.form.replace("{}", duration(seconds));
      if (item.textContent !== text) item.textContent = text;
    });
    document.querySelectorAll(".now [data-clock]").forEach((item) => {
      if (!clocks.has(item)) clocks.set(item, [item.closest("[id]")?.came ?? now, Number(item.dataset.clock)]);
      const [since, at0] = clocks.get(item);
      item.textContent = clock.format(new Date(at0 + now - since));
    });
    if (!more.hidden || fresh().length) arrive();
  }
  setInterval(tick, 1000);

  // --- the camera's place, the longest hold and the time zone are the site's rules: where these change under an
  // open page it loads anew, but under no sheet, and not while the receipt of an act is being read ---
  const RECEIPT_READ = 30_000;
  setInterval(() => {
    if (at("now-facts").dataset.rules === page.dataset.rules) return;
    if (!sheet() && performance.now() - acted > RECEIPT_READ) location.reload();
  }, 1000);

  // --- what is new is said once, by an element that stays: the card itself is replaced with every change ----
  const status = at("now-status");
  function say() {
    const said = document.querySelector(".now-said");
    const refused = at("now-refused").textContent.replace(/\s+/g, " ").trim();
    const text = [refused, ...(said ? said.children : [])].map((part) => part.textContent?.trim() ?? part).filter(Boolean).join(". ");
    if (status.textContent !== text) status.textContent = text;
  }
  new MutationObserver(say).observe(page, {childList: true});
  say();
  at("now-sheet").addEventListener("change", (event) => {
    const until = at("now-sheet").querySelector("[data-until]");
    if (event.target.name !== "minutes" || !until) return;
    const ends = Number(until.dataset.until) + Number(event.target.value) * 60000;
    until.textContent = until.dataset.form.replace("{}", clock.format(new Date(ends)));
  });

  // --- keys: 1 2 3 an act, then 1 to 6 its reason; N not this person; Esc folds the sheet ---
  const off = () => document.body.dataset.singleKeys === "off" || document.cookie.split("; ").includes("keys=off");
  const press = (item) => { if (!item) return false; item.click(); return true; };
  const visible = (items) => [...items].filter((item) => item.getClientRects().length);
  function key(name) {
    if (/^[1-9]$/.test(name)) {
      const open = sheet();
      if (open) return press(open.querySelectorAll("button[data-reason]")[Number(name) - 1]);
      return press(visible(document.querySelectorAll(".now-act"))[Number(name) - 1]);
    }
    if (name === "n") return press(document.querySelector("[data-key=not-this]"));
    if (name === "/") { location.assign("/find"); return true; }
    return false;
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") { if (close()) event.stopImmediatePropagation(); return; }
    if (event.target.closest("input:not([type=radio]), textarea, select") || off()) return;
    if (key(event.key.toLowerCase())) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);
})();
