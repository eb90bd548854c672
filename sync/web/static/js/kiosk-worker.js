// Stands between the kiosk and the node: when the node does not answer, the visitor reads "please wait", not the browser's error.

const KEPT = "kiosk-wait";
const WAIT = "/kiosk/wait";

// The waiting page with its own style and scripts, as the node serves them today.
async function renew() {
  const cache = await caches.open(KEPT);
  const page = await fetch(WAIT);
  if (!page.ok) return;
  const text = await page.clone().text();
  const parts = [...text.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map((found) => found[1]);
  const needed = parts.filter((part) => /kiosk-[a-z]+\.js$|\.css$/.test(part));
  await cache.addAll(needed);
  await cache.put(WAIT, page);
}

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(renew());
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

let isRenewed = false; // once a life of this worker: browsers end it after half a minute without work

async function page(request) {
  try {
    const answer = await fetch(request);
    if (answer.status < 502) return answer;
  } catch {
    // the node is away
  }
  return (await caches.match(WAIT)) ?? Response.error();
}

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") {
    event.respondWith(page(request));
    if (!isRenewed) event.waitUntil(renew().catch(() => {}));
    isRenewed = true;
  } else if (request.method === "GET" && new URL(request.url).pathname.startsWith("/static/")) {
    event.respondWith(fetch(request).catch(async () => (await caches.match(request)) ?? Response.error()));
  }
});
