// Keeps the page on the phone, so that it opens without a network.
"use strict";

const KEPT = "gatepost-VERSION"; // `gatepost pass page create` puts the files' hash here: a change reaches every phone
const FILES = ["./", "index.html", "page.css", "qr.js", "pass.js", "page.js"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter((n) => n !== KEPT).map((n) => caches.delete(n)))),
  );
});

self.addEventListener("fetch", (event) => {
  event.respondWith(
    caches.match(event.request, { ignoreSearch: true }).then((held) => held || fetch(event.request)),
  );
});
