// Passkeys in the browser: asks the console for options, the authenticator for an answer, and sends it back.
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = (items) => (items || []).map((item) => ({...item, id: bytes(item.id)}));

  async function asked(address, body) {
    const answer = await fetch(address, {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(body || {})});
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.said || answer.statusText);
    return said;
  }
  function parts(credential, names) {
    const response = {};
    names.forEach((name) => { if (credential.response[name]) response[name] = text(credential.response[name]); });
    return {id: credential.id, rawId: text(credential.rawId), type: credential.type, response};
  }
  // data-passkey "get" or "create"; data-options gives what the browser needs, data-answer takes what it made.
  async function use(button) {
    const options = await asked(button.dataset.options);
    const publicKey = {...options, challenge: bytes(options.challenge)};
    if (button.dataset.passkey === "get") {
      const credential = await navigator.credentials.get({publicKey: {...publicKey, allowCredentials: listed(options.allowCredentials)}});
      return asked(button.dataset.answer, parts(credential, ["clientDataJSON", "authenticatorData", "signature", "userHandle"]));
    }
    const user = {...options.user, id: bytes(options.user.id)};
    const credential = await navigator.credentials.create({publicKey: {...publicKey, user, excludeCredentials: listed(options.excludeCredentials)}});
    const label = document.querySelector("[data-passkey-label]")?.value;
    const address = button.dataset.answer + (label ? `?label=${encodeURIComponent(label)}` : "");
    return asked(address, parts(credential, ["clientDataJSON", "attestationObject"]));
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-passkey]");
    if (!button) return;
    const place = document.querySelector("[data-passkey-said]");
    place.hidden = true;
    try {
      if (!window.PublicKeyCredential) throw new Error(place.dataset.none || "This browser knows no passkeys.");
      const said = await use(button);
      location.assign(said.go || button.dataset.done);
    } catch (error) {
      place.textContent = error.message;
      place.hidden = false;
    }
  });
})();
