// The service worker: the app opens without a network, and says what works then. Pages come from the network; nothing of a person
// is kept but their last home page, which goes when they sign in or out. Never kept: audio, the API, and all that is sent.
const VERSION = "{{ told.version }}";
const SHELL = "shell-" + VERSION;
const MINE = "mine";
const COVERS = "covers-1";
const MOST_COVERS = 400;
const PATIENCE_MS = 4000;
const OFFLINE = "{{ offline }}";
const FILES = [{% for one in told.shell %}"{{ one|escapejs }}", {% endfor %}];

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  const at = url.pathname;
  if (at.startsWith("/accounts/")) event.waitUntil(caches.delete(MINE));
  else if (at.startsWith("/static/") || at === "/texts.js" || at === "/manifest.webmanifest" || at.startsWith("/icon-")) event.respondWith(file(request));
  else if (at.startsWith("/cover/")) event.respondWith(cover(event));
  else if (isPage(request)) event.respondWith(page(event, at));
});

const isPage = (request) => request.mode === "navigate" || request.headers.get("HX-Boosted") === "true";

async function install() {
  const cache = await caches.open(SHELL);
  // One file that is missing must not keep all others from being there.
  await Promise.all(FILES.map((one) => cache.add(new Request(one, { cache: "reload" })).catch(() => {})));
  await keepOffline();
  await self.skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) if (![SHELL, MINE, COVERS].includes(name)) await caches.delete(name);
  await self.clients.claim();
}

/** The page for no network stands in the frame of who is signed in, and goes with them. */
async function keepOffline() {
  const cache = await caches.open(MINE);
  if (!(await cache.match(OFFLINE))) await cache.add(OFFLINE).catch(() => {});
}

/** What the network says or, where it says nothing for a while, what is kept. */
async function file(request) {
  const kept = async () => (await caches.match(request, { ignoreSearch: true })) || null;
  const asked = fetch(request).then(async (answer) => {
    if (answer.ok) await (await caches.open(SHELL)).put(request, answer.clone());
    return answer;
  });
  const waited = new Promise((done) => setTimeout(done, PATIENCE_MS)).then(kept);
  const first = await Promise.race([asked, waited]).catch(kept);
  return first || asked.catch(() => Response.error());
}

/** Covers never change: their address says all. The oldest go when there are too many. */
async function cover(event) {
  const cache = await caches.open(COVERS);
  const kept = await cache.match(event.request);
  if (kept) return kept;
  const answer = await fetch(event.request);
  if (answer.ok && answer.status === 200) {
    const copy = answer.clone();
    event.waitUntil(cache.put(event.request, copy).then(() => trim(cache)));
  }
  return answer;
}

async function trim(cache) {
  const kept = await cache.keys();
  for (const old of kept.slice(0, Math.max(0, kept.length - MOST_COVERS))) await cache.delete(old);
}

async function page(event, at) {
  try {
    const answer = await fetch(event.request);
    if (at === "/" && answer.ok && !answer.redirected && event.request.mode === "navigate") {
      const copy = answer.clone();
      event.waitUntil(caches.open(MINE).then((cache) => cache.put("/", copy)).then(keepOffline));
    }
    return answer;
  } catch (error) {
    const mine = await caches.open(MINE);
    const found = (at === "/" && (await mine.match("/"))) || (await mine.match(OFFLINE));
    if (found) return found;
    throw error;
  }
}
