// Says when something has happened to a task; nothing moves under a finger until somebody asks for it.
"use strict";
(() => {
  const link = document.getElementById("changed");
  if (!link) return;
  const source = new EventSource(link.dataset.events);
  source.addEventListener("changed", () => { link.hidden = false; link.dataset.key = "n"; });
  source.addEventListener("ended", () => source.close());
})();
