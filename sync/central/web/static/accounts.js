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
  async function signIn(button) {
    const options = await asked("/sign-in/passkey/options");
    const publicKey = {...options, challenge: bytes(options.challenge), allowCredentials: listed(options.allowCredentials)};
    const credential = await navigator.credentials.get({publicKey});
    const answer = parts(credential, ["clientDataJSON", "authenticatorData", "signature", "userHandle"]);
    const said = await asked(`/sign-in/passkey?next=${encodeURIComponent(button.dataset.next)}`, answer);
    location.assign(said.go);
  }
  async function enrol() {
    const options = await asked("/account/passkeys/options");
    const user = {...options.user, id: bytes(options.user.id)};
    const publicKey = {...options, user, challenge: bytes(options.challenge), excludeCredentials: listed(options.excludeCredentials)};
    const credential = await navigator.credentials.create({publicKey});
    const label = document.querySelector("[data-passkey-label]").value;
    await asked(`/account/passkeys?label=${encodeURIComponent(label)}`, parts(credential, ["clientDataJSON", "attestationObject"]));
    location.assign("/account?done=passkey");
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-passkey-sign-in], [data-passkey-enrol]");
    if (!button) return;
    const place = document.querySelector("[data-passkey-said]");
    place.hidden = true;
    try {
      if (!window.PublicKeyCredential) throw new Error(place.dataset.none || "This browser knows no passkeys.");
      await ("passkeyEnrol" in button.dataset ? enrol() : signIn(button));
    } catch (error) {
      place.textContent = error.message;
      place.hidden = false;
    }
  });
})();
