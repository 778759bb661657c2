// Rows that come by a stream enter where nobody looks at one of them; and what else a console has but no gate's page:
// a stream that is paused, what is copied.
"use strict";
(() => {
  const ENTER_EVERY = 1_000;    // rows enter by themselves at most so often
  const MOST_WAITING = 500;     // rows kept behind "new"; older ones are found by reloading
  const waiting = new Map();    // id of a body -> rows that wait
  const entered = new Map();    // id of a body -> when rows last entered
  const parsed = (html) => { const box = document.createElement("template"); box.innerHTML = html; return box.content; };

  function enter(id) {
    const body = document.getElementById(id);
    (waiting.get(id) || []).forEach((row) => {
      const node = parsed(row);
      const name = node.firstElementChild?.id;
      if (name) document.getElementById(name)?.remove();
      // What comes late enters at its own time; a row without one is the newest.
      const at = Number(node.firstElementChild?.dataset.at ?? Infinity);
      body.insertBefore(node, [...body.children].find((item) => Number(item.dataset.at ?? Infinity) <= at) ?? null);
    });
    waiting.set(id, []);
    entered.set(id, performance.now());
    const most = Number(body.dataset.most || 200);
    while (body.children.length > most) body.lastElementChild.remove();
    window.htmx?.process(body);
    count(id);
  }
  function count(id) {
    const button = document.querySelector(`[data-new-of="${id}"]`);
    const rows = (waiting.get(id) || []).length;
    if (!button) return;
    button.hidden = rows === 0;
    button.querySelector("[data-count]").textContent = rows >= MOST_WAITING ? `${MOST_WAITING}+` : String(rows);
  }
  // Rows enter by themselves only where nobody is looking at one of them.
  function undisturbed(body) {
    const paused = document.querySelector("[data-pause][aria-pressed=true]");
    const list = body.closest(".card") || body;
    return !paused && !list.matches(":hover") && !list.contains(document.activeElement)
      && !body.querySelector("[aria-selected=true]") && list.getBoundingClientRect().top >= 0
      && performance.now() - (entered.get(body.id) || -Infinity) >= ENTER_EVERY;
  }
  function arrived(body, html) {
    const rows = waiting.get(body.id) || [];
    rows.push(html);
    waiting.set(body.id, rows.slice(-MOST_WAITING));
    if (undisturbed(body)) enter(body.id); else count(body.id);
  }
  // Where the clipboard is not ours (no TLS), what is to be copied is selected.
  async function copied(button) {
    const from = document.getElementById(button.dataset.copy);
    getSelection().selectAllChildren(from);
    try {
      await navigator.clipboard.writeText(from.textContent.trim());
      button.textContent = button.dataset.copied;
    } catch { from.focus(); }
  }
  document.addEventListener("click", (event) => {
    const at = event.target;
    const shown = at.closest("[data-new-of]");
    if (shown) enter(shown.dataset.newOf);
    const copy = at.closest("[data-copy]");
    if (copy) copied(copy);
    const pause = at.closest("[data-pause]");
    if (pause) pause.setAttribute("aria-pressed", String(pause.getAttribute("aria-pressed") !== "true"));
  });
  document.querySelectorAll("[data-stream]").forEach((body) => {
    body.addEventListener("row", (event) => arrived(body, event.detail));
    setInterval(() => { if ((waiting.get(body.id) || []).length && undisturbed(body)) enter(body.id); }, 1_000);
  });
})();
