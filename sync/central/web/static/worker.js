// The page on a worker's phone. It works without a network: it shows what it knew last, and what is done meanwhile
// is kept with its own time, says that it waits, and is sent once there is a link. Each act has a key, so that it counts once.
"use strict";
(() => {
  const WORDS = JSON.parse(document.getElementById("words").textContent);
  const STATE = "gatepost.worker.state", QUEUE = "gatepost.worker.queue", GIVEN_UP = "gatepost.worker.conflict";
  const ASK_EVERY = 20_000;     // asked for although nothing was told
  const WAITS = 20_000;         // for an answer: a phone that slept may hold a line on which none comes
  const TRY_EVERY = 3_000;      // and where there was no network, or something waits
  const MOST_KEPT = 100;        // acts in the phone
  const $ = (id) => document.getElementById(id);
  const read = (key, usual) => { try { return JSON.parse(localStorage.getItem(key)) ?? usual; } catch { return usual; } };
  const keep = (key, value) => localStorage.setItem(key, JSON.stringify(value));
  const say = (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  let state = read(STATE, null), unlinkedSince = null, sending = false, asking = false, askAgain = false, askedAt = -Infinity, source = null, drawn = "";

  // --- small builders: text is always text, never markup --------------------------------------------------
  function make(tag, {text, ...attributes} = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== false && value != null) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    element.append(...children.filter(Boolean));
    return element;
  }
  // How long ago an act was. Where the phone's clock was set back meanwhile, by the one that only goes forward, which
  // begins anew with each page, and stands still where some phones sleep.
  const ageOf = ({at, page, tick}) => Math.max(0, Date.now() - at, page === performance.timeOrigin ? performance.now() - tick : 0);
  const two = (number) => String(number).padStart(2, "0");
  const clock = (ms) => { const at = new Date(ms); return `${two(at.getHours())}:${two(at.getMinutes())}`; };
  const exact = (ms) => `${clock(ms)}:${two(new Date(ms).getSeconds())}`;
  const minutes = (ms) => { const whole = Math.max(0, Math.floor(ms / 1000)); return `${Math.floor(whole / 60)}:${two(whole % 60)}`; };

  // --- what is so: what the centre knew last, and what waits in the phone ---------------------------------
  const STEPS = ["accept", "on_way", "arrive", "done"];
  // Times of the centre are shifted to this phone's clock, which may be wrong: both are right by themselves.
  const here = (us) => us == null ? null : us / 1000 + state.shift;
  function reached(task) {
    const at = {accept: here(task.accepted_at), on_way: here(task.on_way_at), arrive: here(task.arrived_at), done: null, decline: null};
    for (const act of read(QUEUE, []).filter((each) => each.offer === task.offer)) {
      at[act.act] ??= act.at;
      for (const step of STEPS.slice(0, STEPS.indexOf(act.act))) at[step] ??= act.at;
    }
    return at;
  }
  const mine = () => (state?.tasks ?? []).filter((task) => { const at = reached(task); return at.done === null && at.decline === null; });

  // --- drawing ---------------------------------------------------------------------------------------------
  function call(task, grave) {
    const head = make("section", {class: grave && task.severity === 1 ? "call grave" : "call"});
    head.append(
      make("p", {}, make("span", {class: `severity severity-${task.severity}`, text: task.severity}), document.createTextNode(` ${task.severity === 1 ? WORDS.urgent : WORDS.for_you}`)),
      make("h2", {text: task.what}), make("p", {text: task.where}));
    return head;
  }
  function facts(task) {
    const list = make("dl");
    const add = (name, value) => value && list.append(make("div", {}, make("dt", {text: name}), make("dd", {text: value})));
    add(WORDS.place, task.address);
    add(WORDS.since, exact(here(task.since)));
    add(WORDS.room, task.room && `${task.room} (${task.person})`);
    if (state.phone) list.append(make("div", {}, make("dt", {text: WORDS.phone}), make("dd", {}, make("a", {href: `tel:${state.phone.replace(/[^0-9+]/g, "")}`, text: state.phone}))));
    return list;
  }
  const button = (words, act, first = false) => {
    const made = make("button", {type: "button", class: first ? "act first" : "act", "data-act": act, text: words});
    made.addEventListener("click", () => done(act));
    return made;
  };
  function steps(task, at) {
    const list = make("ol", {class: "steps"});
    const next = STEPS.find((step) => at[step] === null);
    for (const step of STEPS) {
      const kind = at[step] !== null ? "done" : step === next ? "next" : "later";
      list.append(make("li", {class: kind}, make("span", {text: WORDS.steps[step]}), make("time", {text: at[step] === null ? "" : exact(at[step])})));
    }
    return list;
  }
  function outcomes(task) {
    const set = make("fieldset", {class: "outcomes"}, make("legend", {text: WORDS.what_was_done}));
    for (const code of task.outcomes) {
      set.append(make("label", {}, make("input", {type: "radio", name: "outcome", value: code}), document.createTextNode(WORDS.outcomes[code] ?? code)));
    }
    const note = make("div", {class: "note"}, make("label", {for: "note", text: WORDS.note}), make("textarea", {id: "note", maxlength: 300}));
    return [set, note];
  }
  function draw() {
    const tasks = mine(), task = tasks[0], now = Date.now();
    const at = task && reached(task);
    // After the shift a phone has what its worker took, until that is done.
    const isOver = Boolean(state?.signed_in) && here(state.until) <= now;
    // Only what changed is drawn anew: nothing moves under a finger, and no note is lost.
    const shape = JSON.stringify([state?.signed_in, isOver, tasks, at, read(QUEUE, []).length > 0, unlinkedSince !== null]);
    document.documentElement.classList.toggle("night", new Date().getHours() >= 20 || new Date().getHours() < 6);
    $("who").textContent = state?.signed_in ? say(isOver ? WORDS.off_duty : WORDS.on_duty, {name: state.name, time: clock(here(state.until))}) : WORDS.title;
    banner(now);
    if (shape !== drawn) {
      drawn = shape;
      const content = [], acts = [];
      if (!state?.signed_in) content.push(make("p", {class: "quiet", text: state ? WORDS.signed_out : WORDS.not_yet}));
      else if (!task) content.push(make("p", {class: "quiet", text: isOver ? WORDS.signed_out : say(WORDS.nothing, {time: clock(here(state.until))})}));
      else if (at.arrive !== null) {
        content.push(call(task, false), ...outcomes(task));
        acts.push(button(unlinkedSince === null ? WORDS.close : WORDS.close_kept, "done", true));
      } else if (at.on_way !== null || at.accept !== null) {
        content.push(call(task, false), steps(task, at), facts(task));
        acts.push(at.on_way === null ? button(WORDS.go, "on_way", true) : button(WORDS.there, "arrive", true));
      } else {
        content.push(call(task, true), make("div", {class: "elapsed"}, make("strong", {id: "elapsed"}), make("span", {id: "left"})), facts(task));
        acts.push(button(WORDS.take, "on_way", true), button(WORDS.cannot, "decline"));
      }
      if (tasks.length > 1) content.push(make("p", {class: "more", text: say(WORDS.more, {count: tasks.length - 1})}));
      $("content").replaceChildren(...content);
      $("acts").replaceChildren(...acts);
    }
    if (task && $("elapsed")) {
      $("elapsed").textContent = minutes(now - here(task.sent_at));
      const left = here(task.answer_by) - now;
      $("left").textContent = left > 0 ? say(WORDS.left, {time: minutes(left)}) : WORDS.late;
      $("elapsed").parentElement.classList.toggle("over", left <= 0);
    }
  }
  function banner(now) {
    const waiting = read(QUEUE, []), given = read(GIVEN_UP, []);
    $("link").className = unlinkedSince === null ? "" : "broken";
    $("link").textContent = unlinkedSince === null ? clock(now) : WORDS.no_network;
    $("offline").hidden = unlinkedSince === null && waiting.length === 0;
    const since = unlinkedSince === null ? "" : say(WORDS.offline, {time: clock(unlinkedSince)});
    const kept = waiting.length ? say(WORDS.kept, {count: waiting.length, time: exact(Math.min(...waiting.map((each) => each.at)))}) : "";
    const words = `${since} ${kept}`.trim();
    if ($("offline").textContent !== words) $("offline").textContent = words;
    $("conflict").hidden = given.length === 0;
    if (given.length) $("conflict").querySelector("p").textContent = given[0];
  }

  // --- acts ---------------------------------------------------------------------------------------------------
  function done(act) {
    const task = mine()[0];
    if (!task) return;
    const chosen = document.querySelector("input[name=outcome]:checked")?.value ?? "";
    const note = $("note")?.value.trim().replace(/\s+/g, " ") ?? "";
    if (act === "done" && (!chosen || (chosen === "other" && !note))) {
      keep(GIVEN_UP, [WORDS.choose, ...read(GIVEN_UP, [])].slice(0, 5));
      draw();
      return;
    }
    const entry = {key: crypto.randomUUID(), offer: task.offer, act, at: Date.now(), page: performance.timeOrigin, tick: performance.now(), what: task.what};
    if (act === "done") Object.assign(entry, {outcome: chosen, note});
    keep(QUEUE, [...read(QUEUE, []), entry].slice(-MOST_KEPT));
    draw();
    send();
  }
  async function send() {
    const waiting = read(QUEUE, []);
    if (sending || !waiting.length) return;
    sending = true;
    try {
      const acts = waiting.slice(0, 20).map((each) => ({key: each.key, offer: each.offer, act: each.act, age: Math.round(ageOf(each) * 1000), outcome: each.outcome ?? "", note: each.note ?? ""}));
      const answer = await asked("/w/acts", {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify({acts})});
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      if (!told.signed_in) { linked(); state = {...(state ?? {}), signed_in: false}; return; }
      const by = new Map(told.answers.map((each) => [each.key, each]));
      keep(QUEUE, read(QUEUE, []).filter((each) => !by.has(each.key)));
      const wrong = waiting.filter((each) => by.get(each.key)?.trouble).map((each) => say(WORDS.conflicts[by.get(each.key).trouble] ?? WORDS.conflicts.refused, {what: each.what, time: exact(each.at)}));
      if (wrong.length) keep(GIVEN_UP, [...read(GIVEN_UP, []), ...wrong].slice(-5));
      linked();
    } catch { unlinked(); return; } finally { sending = false; }
    await ask();
    if (read(QUEUE, []).length) send();
  }
  const linked = () => { unlinkedSince = null; };
  const unlinked = () => { unlinkedSince ??= Date.now(); draw(); };

  function asked(address, options = {}) {
    const over = new AbortController();
    setTimeout(() => over.abort(), WAITS);
    return fetch(address, {...options, signal: over.signal});
  }
  async function ask() {
    if (asking) { askAgain = true; return; }   // what comes meanwhile may not be in the answer under way
    asking = true;
    askAgain = false;
    askedAt = performance.now();   // a phone's clock may be set back by a day, and it would not ask for one
    try {
      const answer = await asked("/w/state");
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      state = told.signed_in ? {...told, shift: Date.now() - told.now / 1000} : {signed_in: false};
      linked();
      if (told.signed_in) keep(STATE, state); else localStorage.removeItem(STATE);
      if (told.signed_in) listen();
    } catch { unlinked(); return; } finally { asking = false; }
    draw();
    if (askAgain) { ask(); return; }
    send();
  }
  const isBehind = () => unlinkedSince !== null || read(QUEUE, []).length > 0;
  function tick() {
    draw();
    if (performance.now() - askedAt >= (isBehind() ? TRY_EVERY : ASK_EVERY)) ask();
  }
  function listen() {
    if (source && source.readyState !== EventSource.CLOSED) return;
    source = new EventSource("/w/events");
    for (const name of ["row", "ended"]) source.addEventListener(name, () => ask());
  }

  // --- kept for when there is no network -------------------------------------------------------------------------
  async function keepPage() {
    if (!("serviceWorker" in navigator)) return;
    await navigator.serviceWorker.register("/w/sw.js", {scope: "/w/"});
    const cache = await caches.open("gatepost-worker");
    const files = [...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((each) => each.href || each.src);
    await cache.addAll(["/w/tasks", ...files]);
    document.body.dataset.kept = "yes";
  }

  $("seen").addEventListener("click", () => { keep(GIVEN_UP, read(GIVEN_UP, []).slice(1)); draw(); });
  addEventListener("online", () => ask());
  addEventListener("offline", () => unlinked());
  // Brought back whole, as it was: it hears again.
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  setInterval(tick, 1000);
  draw();
  ask();
  keepPage().catch(() => { document.body.dataset.kept = "no"; });
})();
