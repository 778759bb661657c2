// What was typed is kept where a page is asked for anew, for whom it was who typed it.
"use strict";
(() => {
  const TYPED = "gatepost.typed";
  const storage = () => { try { return sessionStorage; } catch { return null; } };   // a browser may have none
  const who = () => document.getElementById("content")?.dataset.who;
  const fieldsOf = (form) => [...form.elements].filter((field) => field.name && field.matches("textarea, select, input:is([type=text], [type=search], [type=number], :not([type]))"));
  const usual = (field) => field.matches("select") ? ([...field.options].find((item) => item.defaultSelected) ?? field.options[0])?.value : field.defaultValue;
  const posted = () => [...document.querySelectorAll("form[method=post]")];
  function keepTyped() {
    const fields = posted().flatMap((form) => fieldsOf(form).filter((field) => field.value !== usual(field))
      .map((field) => [form.getAttribute("action"), field.name, field.value]));
    if (fields.length && who()) storage()?.setItem(TYPED, JSON.stringify({who: who(), page: location.pathname, fields}));
  }
  function giveBackTyped() {
    const kept = JSON.parse(storage()?.getItem(TYPED) ?? "null");
    if (!kept || !who() || (kept.who === who() && kept.page !== location.pathname)) return;
    storage().removeItem(TYPED);
    if (kept.who !== who()) return;
    kept.fields.forEach(([action, name, value]) => {
      const field = posted().filter((form) => form.getAttribute("action") === action).flatMap(fieldsOf).find((item) => item.name === name && item.value === usual(item));
      if (!field) return;
      field.value = value;
      for (let item = field.closest("details"); item; item = item.parentElement.closest("details")) item.open = true;
    });
  }
  document.addEventListener("leaving", keepTyped);
  document.addEventListener("click", (event) => { if (event.target.closest("a[data-stream]")) keepTyped(); });   // the page itself, anew
  giveBackTyped();
})();
