// Says when something has happened to a task; nothing moves under a finger until somebody asks for it.
"use strict";
(() => {
  const link = document.getElementById("changed");
  if (!link) return;
  document.addEventListener("figures", (event) => { if (event.detail === "changed") { link.hidden = false; link.dataset.key = "n"; } });
})();
