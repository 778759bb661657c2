// Signing with a finger or a pen, the text read aloud, a receipt printed; and to the next step when there is one.
"use strict";
(() => {
  const SIDE = 1000, MOST = 3500;

  const signing = (field) => {
    const form = field.closest("form"), svg = field.querySelector("svg"), drawn = field.querySelector("[data-drawn]");
    const sent = form.querySelector("[data-strokes]");
    let strokes = JSON.parse(sent.value || "[]"), points = strokes.flat().length, now = null;
    const show = () => {
      drawn.setAttribute("d", strokes.map((stroke) => "M" + stroke.map((at) => at.join(" ")).join("L")).join(""));
      sent.value = strokes.length ? JSON.stringify(strokes) : "";
    };
    const place = (event) => {
      const box = svg.getBoundingClientRect();
      const within = (value) => Math.max(0, Math.min(SIDE, Math.round(value)));
      return [within(SIDE * (event.clientX - box.left) / box.width), within(SIDE * (event.clientY - box.top) / box.width)];
    };
    svg.addEventListener("pointerdown", (event) => {
      if (strokes.length >= 60 || points >= MOST) return;
      svg.setPointerCapture(event.pointerId);
      now = [place(event)];
      strokes.push(now);
      points += 1;
      show();
    });
    svg.addEventListener("pointermove", (event) => {
      if (!now || now.length >= 900 || points >= MOST) return;
      now.push(place(event));
      points += 1;
      show();
    });
    for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => { now = null; });
    field.querySelector("[data-clear]").addEventListener("click", () => { strokes = []; points = 0; now = null; show(); });
    show();  // what was drawn before something else on the form was wrong
  };

  const reading = (button) => {
    if (!window.speechSynthesis) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const text = document.querySelector("[data-full-text]");
      const said = new SpeechSynthesisUtterance(text.textContent);
      said.lang = text.lang;
      window.speechSynthesis.cancel();
      window.speechSynthesis.speak(said);
    });
  };

  const guarding = (box) => {
    const more = document.querySelector(".guardian");
    box.addEventListener("change", () => { more.open = box.checked; });
  };

  // Where the step is another one the page has other buttons: it is opened anew. What a page hears first may be
  // older than itself: it waits for what comes next, and asks before it throws away what is being drawn on it.
  const GOES_AFTER = 400;
  let going;
  async function goOn(key) {
    const answer = await fetch("/enrol/run").catch(() => null);   // the console is away: what comes next tells
    if (answer && !(await answer.text()).includes(`data-key="${key}"`)) window.location.replace("/enrol/run");
  }
  const stands = () => {
    const now = document.getElementById("enrol-standing"), key = document.getElementById("enrol-live").dataset.key;
    if (now.dataset.key === key) { clearTimeout(going); going = undefined; }
    else going ??= setTimeout(() => { going = undefined; goOn(key); }, GOES_AFTER);   // news that go on delay nothing
    const can = now.hasAttribute("data-can-take");
    document.querySelectorAll("[data-when-can-take]").forEach((item) => { item.hidden = !can; });
    document.querySelectorAll("[data-unless-can-take]").forEach((item) => { item.hidden = can; });
  };

  const start = () => {
    document.querySelectorAll("[data-sign]").forEach(signing);
    document.querySelectorAll("[data-read]").forEach(reading);
    document.querySelectorAll("[name=minor]").forEach(guarding);
    document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
    document.addEventListener("figures", (event) => { if (event.detail === "enrolment") stands(); });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
