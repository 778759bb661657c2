// The page: makes the holder's key once, takes the pass once, shows a fresh code every 15 seconds.
"use strict";

const SECONDS_A_CODE = 15;
const QUIET_ZONE = 4;

const TEXTS = {
  zh: {
    title: "我的通行码",
    enrol: "第一步：请工作人员扫描此码，登记本手机。",
    paste: "第二步：扫描工作人员出示的二维码，或把通行码粘贴在此：",
    take: "保存通行码",
    show: "请对准闸口的镜头。通行码每 15 秒更新，截图无效。",
    wrong: "这不是通行码。",
    other: "此通行码不是发给本手机的，未保存。请重新登记本手机。",
    replace: (held, given) => `本手机已有通行码：${held}。\n要换成这一个吗？${given}`,
    insecure: "此浏览器不能保存密钥：请通过 https 打开本页，或更换浏览器。",
    forget: "删除通行码",
    sure: "确定删除？之后需重新登记。",
  },
  en: {
    title: "My pass",
    enrol: "First: let the staff scan this code, to enrol this phone.",
    paste: "Then: scan the code that the staff show you, or paste your pass here:",
    take: "Keep this pass",
    show: "Hold this before the gate's camera. It changes every 15 seconds; a screenshot does not count.",
    wrong: "This is not a pass.",
    other: "This pass is not for this phone, and was not kept. Have this phone enrolled again.",
    replace: (held, given) => `This phone holds a pass: ${held}.\nReplace it by this one? ${given}`,
    insecure: "This browser cannot keep a key: open this page over https, or in another browser.",
    forget: "Remove my pass",
    sure: "Remove it? You will have to be enrolled again.",
  },
};
const texts = navigator.language.toLowerCase().startsWith("zh") ? TEXTS.zh : TEXTS.en;
const element = (id) => document.getElementById(id);

// --- what the phone keeps -------------------------------------------------------------------------

function store(mode, work) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("gatepost", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("kept");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("kept", mode);
      const request = work(transaction.objectStore("kept"));
      transaction.oncomplete = () => { opening.result.close(); resolve(request.result); };
      transaction.onabort = () => { opening.result.close(); reject(transaction.error); };
    };
  });
}

const kept = (name) => store("readonly", (things) => things.get(name));
const keep = (name, value) => store("readwrite", (things) => things.put(value, name));

async function holderKeys() {
  const held = await kept("keys");
  if (held) return held;
  const made = await gatepostPass.makeKeys();
  await keep("keys", made);
  if (navigator.storage && navigator.storage.persist) await navigator.storage.persist();
  return made;
}

// --- what it shows --------------------------------------------------------------------------------

function draw(text) {
  const modules = gatepostQr.make(text);
  const canvas = element("code");
  const size = modules.length + 2 * QUIET_ZONE;
  const scale = Math.max(2, Math.floor((Math.min(innerWidth, innerHeight) * devicePixelRatio * 0.92) / size));
  canvas.width = canvas.height = size * scale;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#000";
  modules.forEach((row, y) => row.forEach((dark, x) => {
    if (dark) context.fillRect((x + QUIET_ZONE) * scale, (y + QUIET_ZONE) * scale, scale, scale);
  }));
  canvas.setAttribute("aria-label", text);
}

async function showEnrolment(keys) {
  const text = await gatepostPass.keyText(keys.publicKey);
  element("words").textContent = texts.enrol;
  element("key").textContent = text;
  element("enrolment").hidden = false;
  draw(text);
}

async function showPass(keys, pass) {
  element("words").textContent = texts.show;
  element("forget").hidden = false;
  const show = async () => {
    if (document.hidden) return;
    draw(await gatepostPass.proof(pass, keys.privateKey, Date.now() / 1000));
    const bar = element("left");
    bar.classList.remove("running");
    void bar.offsetWidth; // starts the bar anew
    bar.classList.add("running");
  };
  setInterval(show, SECONDS_A_CODE * 1000);
  document.addEventListener("visibilitychange", show);
  await show();
}

// --- what it is given -----------------------------------------------------------------------------

// Why a pass cannot be this phone's; empty where it can.
async function problemWith(pass, keys) {
  const said = gatepostPass.read(pass);
  if (!said) return texts.wrong;
  return (await gatepostPass.isFor(said, keys.publicKey)) ? "" : texts.other;
}

// A pass by its site and subject, which nobody has verified: no more of them than fits a line.
function named(pass) {
  const { site, subject } = gatepostPass.read(pass);
  return [subject, site].map((name) => name.replace(/[\p{C}\p{Z}]+/gu, " ").slice(0, 64)).join(", ");
}

// Keeps a pass that is for this phone; asks before it takes another's place. Returns what is wrong with it.
async function takePass(pass, keys) {
  const problem = await problemWith(pass, keys);
  if (problem) return problem;
  const held = await kept("pass");
  if (held && held !== pass && gatepostPass.read(held) && !confirm(texts.replace(named(held), named(pass)))) return "";
  await keep("pass", pass);
  return "";
}

// What a link hands over behind its "#"; the address is cleared of it. It may be anybody's, and anything.
function linked() {
  const given = location.hash.slice(1);
  if (given) history.replaceState(null, "", location.pathname);
  try {
    return decodeURIComponent(given);
  } catch (error) {
    return given;
  }
}

const say = (problem) => { element("notice").textContent = problem; };

async function start() {
  document.title = texts.title;
  element("paste").textContent = texts.paste;
  element("take").textContent = texts.take;
  element("forget").textContent = texts.forget;
  if (!globalThis.crypto || !crypto.subtle || !globalThis.indexedDB) throw new Error("no keys here");
  if ("serviceWorker" in navigator && isSecureContext && location.protocol !== "file:") navigator.serviceWorker.register("sw.js");
  const keys = await holderKeys();
  const take = async (given) => {
    const problem = await takePass(given, keys);
    if (problem) say(problem);
    else location.reload();
  };
  element("take").addEventListener("click", () => take(element("pasted").value.replace(/[\r\n]/g, "")));
  element("forget").addEventListener("click", async () => {
    if (!confirm(texts.sure)) return;
    await store("readwrite", (things) => things.clear());
    location.reload();
  });
  addEventListener("hashchange", () => {
    const given = linked();
    if (given) take(given);
  });
  const given = linked();
  if (given) say(await takePass(given, keys));
  const pass = await kept("pass");
  if (pass && !(await problemWith(pass, keys))) await showPass(keys, pass);
  else await showEnrolment(keys);
}

start().catch(() => { element("words").textContent = texts.insecure; });
