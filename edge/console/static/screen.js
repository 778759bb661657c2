// The person's screen: a card is made to fit, and one that is over its time is not left standing.
"use strict";
(() => {
  const GRACE = 3_000;   // the gate shows something else by then, or is not well
  const SMALLEST = 0.4, STEP = 0.05;
  const LARGE_ENOUGH = 0.7;   // a large sign beside words of this share is read sooner than larger words below a small one
  let timer;
  const overflows = (card) => card.scrollHeight > card.clientHeight + 1 || card.scrollWidth > card.clientWidth + 1;
  const fit = (card, smallest) => {
    for (let share = 1; share >= smallest; share -= STEP) {
      card.style.setProperty("--fit", share);
      if (!overflows(card)) return true;
    }
    return false;
  };
  const lay = (card, layout) => {
    card.classList.remove("short", "long");
    card.classList.add(layout);
  };
  const arrange = (card) => {
    lay(card, "short");
    if (fit(card, LARGE_ENOUGH)) return;
    lay(card, "long");
    fit(card, SMALLEST);
  };
  const begin = () => {
    clearTimeout(timer);
    const card = document.getElementById("card");
    if (!card) return;
    arrange(card);
    const seconds = Number(card.dataset.seconds);
    if (!seconds) return;
    timer = setTimeout(() => {
      const dark = document.createElement("section");
      dark.id = "card";
      dark.className = "card idle";
      document.getElementById("card")?.replaceWith(dark);
    }, seconds * 1_000 + GRACE);
  };
  const start = () => {
    new MutationObserver(begin).observe(document.getElementById("shown"), {childList: true});
    addEventListener("resize", begin);
    begin();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
