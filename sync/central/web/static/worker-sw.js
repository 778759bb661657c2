// Answers the worker's page from the phone where there is no network. What it keeps, the page has put there.
"use strict";
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const {pathname} = new URL(event.request.url);
  if (event.request.method !== "GET" || !(pathname === "/w/tasks" || pathname.startsWith("/static/"))) return;
  event.respondWith(fetch(event.request).catch(async () => {
    const kept = await caches.match(event.request, {ignoreVary: true});
    return kept ?? Response.error();
  }));
});
