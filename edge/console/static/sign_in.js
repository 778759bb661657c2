// The PIN pad: its keys type into the field, which a keyboard types into as well.
"use strict";
(() => {
  const start = () => {
    const pad = document.querySelector("[data-pad]");
    const field = document.getElementById("pin");
    pad.hidden = false;
    pad.addEventListener("click", (event) => {
      const key = event.target.closest("button");
      if (!key) return;
      if (key.dataset.digit && field.value.length < field.maxLength) field.value += key.dataset.digit;
      if ("clear" in key.dataset) { field.value = ""; field.focus(); }
    });
    // Who types a name means it.
    const typed = document.getElementById("staff");
    typed.addEventListener("input", () => {
      const other = document.querySelector("[name=known][value='']");
      if (other) other.checked = true;
    });
    document.querySelectorAll("[name=known]").forEach((item) => {
      item.addEventListener("change", () => { if (item.value) typed.value = ""; field.focus(); });
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
