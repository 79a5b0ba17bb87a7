// Playlists: their order, what is taken off and put on, and where a track is put. Shown at once; the API is told one by one.
import { place, sortable } from "./drag.js";
import { close, open } from "./drawer.js";
import { api, ask } from "./net.js";
import { toast } from "./toast.js";

const fire = (name) => document.body.dispatchEvent(new CustomEvent(name));
const entries = () => document.querySelector("[data-entries]");
const placeOf = (row) => [...row.parentElement.children].indexOf(row);
const of = (key, ...rest) => [api("playlists", key), ...rest].join("/");

// -- telling the server --------------------------------------------------------------------------------------------------

/** What was done on the page and is not told yet: {list, way, body, back, then}. Each is of the version the last one left. */
let waiting = [];
let telling = null;

/** Tell of a change that the page shows already; `back` takes it back where it cannot be. */
function change(list, way, body, back, then) {
  waiting.push({ list, way, body, back, then });
  telling ||= tell().finally(() => (telling = null));
}

async function tell() {
  while (waiting.length) {
    const { list, way, body, then } = waiting[0];
    try {
      const now = await ask("POST", of(list.dataset.entries, "entries", ...way), { ...body, version: Number(list.dataset.version) }, { keepalive: true });
      waiting.shift();
      know(list, now);
      then?.(now);
    } catch (error) {
      const undone = waiting.reverse();
      waiting = [];
      if (error.status === 409) {
        toast(gettext("Somebody changed this playlist meanwhile: here is how it is now."));
        if (list.isConnected) again();
        return;
      }
      for (const one of undone) one.back();
      toast(error instanceof TypeError ? gettext("You are offline: the playlist is as it was.") : error.message);
    }
  }
}

/** Note the version and the number of tracks that a list has now. */
function know(list, now) {
  Object.assign(list.dataset, { version: now.version, count: now.tracks });
  const told = document.querySelector("[data-count-of]");
  if (told && list.isConnected) told.textContent = interpolate(ngettext("%s track", "%s tracks", now.tracks), [now.tracks.toLocaleString(document.documentElement.lang)]);
  fire("entries-changed");
  fire("playlists-changed");
}

/** Ask for the page again. */
const again = () => htmx.ajax("GET", location.pathname, { source: document.body, target: "#page", select: "#page", swap: "outerHTML" });

/** Show what was put at the end, where all before it is shown. */
function grow(list) {
  const rest = document.getElementById("more-entries");
  if (document.getElementById("no-entries")) return again();
  if (!rest || rest.classList.contains("more-to-come")) return;
  const asked = new URLSearchParams({ from: list.children.length, version: list.dataset.version });
  htmx.ajax("GET", `${list.dataset.rows}?${asked}`, { source: rest, target: rest, swap: "outerHTML" });
}

// -- what is done with a row ---------------------------------------------------------------------------------------------

function move(row, to) {
  const [list, from] = [row.parentElement, placeOf(row)];
  if (to === from) return;
  const shown = to < list.children.length;
  if (shown) place(list, from, to);
  else row.remove();
  change(list, ["move"], { start: from, to }, () => putBack(list, row, from));
  toast(interpolate(gettext("%(title)s is number %(place)s now."), { title: row.dataset.title, place: to + 1 }, true));
}

function takeOff(row) {
  const [list, at] = [row.parentElement, placeOf(row)];
  const next = row.nextElementSibling || row.previousElementSibling;
  row.remove();
  next?.querySelector("[data-menu]").focus({ preventScroll: true });
  change(list, ["remove"], { positions: [at] }, () => putBack(list, row, at));
  toast(interpolate(gettext("%s is off the playlist."), [row.dataset.title]), () => {
    if (!list.isConnected) return putOn(list.dataset.entries, row.dataset);
    const to = Math.min(at, list.children.length);
    putBack(list, row, to);
    change(list, [], { tracks: [row.dataset.track], at: to }, () => row.remove());
  });
}

function putBack(list, row, at) {
  row.remove();
  list.insertBefore(row, list.children[at] || null);
}

/** Put a suggestion on the playlist of the page. */
function add(row) {
  const list = entries();
  row.hidden = true;
  change(list, [], { tracks: [row.dataset.track] }, () => (row.hidden = false), () => grow(list));
  toast(interpolate(gettext("%s is on the playlist."), [row.dataset.title]));
}

// -- where a track is put ------------------------------------------------------------------------------------------------

/** Put a track at the end of any playlist. */
async function putOn(key, { track, title }, called) {
  const now = await ask("POST", of(key, "entries"), { tracks: [track] });
  shown(key, now);
  if (!called) return;
  toast(interpolate(gettext("%(title)s is on %(called)s now."), { title, called }, true), async () => {
    shown(key, await ask("POST", of(key, "entries", "remove"), { positions: [now.tracks - 1], version: now.version }).catch(() => null));
  });
}

async function putOnNew(title, { track, title: name }) {
  const made = await ask("POST", api("playlists"), { title, tracks: [track] });
  shown(made.id, made);
  toast(interpolate(gettext("%(title)s is on %(called)s now."), { title: name, called: made.title }, true));
}

/** A playlist was changed elsewhere than on its page: if that is the one on the page, ask for it again. */
function shown(key, now) {
  fire("playlists-changed");
  if (now && entries()?.dataset.entries === key) again();
}

const tried = (does) => does.catch((error) => toast(error instanceof TypeError ? gettext("You are offline: try again when you are back.") : error.message));

// -- events --------------------------------------------------------------------------------------------------------------

let opened = null;

async function clicked(event) {
  const sign = event.target.closest("[data-add], [data-add-to], [data-entry-remove]");
  if (!sign) return;
  const said = sign.dataset;
  if ("add" in said) return add(sign.closest(".track"));
  if ("entryRemove" in said) {
    close();
    return opened?.isConnected && takeOff(opened);
  }
  const { choose, title } = sign.closest("[data-choose]").dataset;
  close();
  return tried(putOn(said.addTo, { track: choose, title }, said.title));
}

/** The menu of a row of a playlist says where it stands, too. */
async function menu(event) {
  const row = event.target.closest("[data-entries] [data-menu]")?.closest("li");
  if (!row) return;
  event.stopPropagation();
  await telling;
  opened = row;
  open(`${row.parentElement.dataset.menuAt}?at=${placeOf(row)}`);
}

function submitted(event) {
  const form = event.target;
  if (!form.matches("[data-entry-move], [data-choose-new]")) return;
  event.preventDefault();
  close();
  if ("entryMove" in form.dataset) return opened?.isConnected && move(opened, Number(form.elements.place.value) - 1);
  const { choose, title } = form.closest("[data-choose]").dataset;
  tried(putOnNew(form.elements.title.value, { track: choose, title }));
}

function listen() {
  const on = (kind, does, capture = false) => document.body.addEventListener(kind, does, capture);
  on("click", menu, true);
  on("click", clicked);
  on("submit", submitted);
  on("focusin", (event) => event.target.matches("[data-select]") && event.target.select());
  on("keydown", (event) => {
    const handle = event.key === "Delete" && event.target.closest("[data-entries] [data-drag]");
    if (handle) takeOff(handle.closest("li"));
  });
  on("htmx:configRequest", (event) => {
    if (event.detail.elt.id !== "more-entries" || event.detail.path.includes("?")) return;
    const list = entries();
    Object.assign(event.detail.parameters, { from: list.children.length, version: list.dataset.version });
  });
  on("htmx:afterRequest", ({ detail }) => {
    const { verb, path } = detail.requestConfig || {};
    if (verb === "post" && path?.startsWith("/playlists/")) fire("playlists-changed");
  });
}

let listens = false;

/** What playlists need of a part of a page that came. */
export function playlists(part) {
  if (!listens) listen();
  listens = true;
  if (part.matches?.("[data-brought]") || part.querySelector?.("[data-brought]")) fire("playlists-changed");
  const list = part.querySelector?.("[data-entries][data-may-edit]");
  if (list) sortable(list, (from, to) => change(list, ["move"], { start: from, to }, () => place(list, to, from)));
}
