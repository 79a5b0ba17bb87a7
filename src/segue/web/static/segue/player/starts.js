// Where playing begins: the buttons of rows, lists, tiles and stations, wherever they stand; and the row of what plays.
import { listOf, trackOf } from "../rows.js";
import { toast } from "../toast.js";

/** The address of a page of something: "track" or "artist". */
export const addressOf = (kind, id) => `/${kind}/${id.split("/").map(encodeURIComponent).join("/")}/`;

const artistsOf = (row) =>
  [...row.querySelectorAll('.by a[href^="/artist/"]')].map((link) => ({
    id: decodeURIComponent(new URL(link.href, location.href).pathname.slice("/artist/".length).replace(/\/$/, "")),
    name: link.textContent.trim(),
  }));

/** A row as the queue holds it. */
const itemOf = (row) => ({ ...trackOf(row), artists: artistsOf(row), reasons: row.dataset.reasons || "[]" });

/** The list that a row is in, as the queue holds it. */
function from(row) {
  const list = row.closest("[data-list]");
  const rows = list ? [...list.querySelectorAll(".track")] : [row];
  return { tracks: rows.map(itemOf), at: rows.indexOf(row), from: listOf(row).from };
}

/** The first list of another page, as the queue holds it; none where there is none. */
export async function tracksOf(address) {
  const row = await elsewhere(address);
  return row ? from(row).tracks : [];
}

/** The first row of the first list of another page. */
async function elsewhere(address) {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin) return null;
  const answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(gettext("That did not work. Try again."));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("[data-list] .track");
}

function begin(player, row, how) {
  if (!row) return toast(gettext("There is nothing to play here yet."));
  const found = from(row);
  const at = how?.shuffle ? Math.floor(Math.random() * found.tracks.length) : found.at;
  player.start(found.tracks, at, found.from, how);
}

/** The track that something of a page is about: a row, or what carries the same words. */
function about(element) {
  const row = element.closest("[data-track]");
  return row?.dataset.track ? itemOf(row) : null;
}

async function act(player, button) {
  const { dataset } = button;
  if ("play" in dataset) {
    const row = button.closest(".track");
    const { now } = player.queue;
    // The button of the row that plays pauses it.
    if (row && row.classList.contains("playing") && now?.id === row.dataset.track && player.status !== "elsewhere" && !player.offered) return player.toggle();
    if (row) return begin(player, row);
  }
  const first = () => document.querySelector("#page [data-list] .track");
  if ("playAll" in dataset) return begin(player, first(), { shuffle: false });
  if ("shuffleAll" in dataset) return begin(player, first(), { shuffle: true });
  if (dataset.playFrom) {
    player.deck.unlock();
    return begin(player, await elsewhere(dataset.playFrom), { shuffle: false });
  }
  if (dataset.playStation) {
    const title = dataset.title || document.querySelector("#page h1")?.textContent.trim() || "";
    return player.station(dataset.playStation, title, dataset.page || `/stations/${dataset.playStation}/`);
  }
  const track = about(button);
  if (!track) return;
  player.add([track], dataset.queue === "next" ? "next" : "last");
  button.closest("dialog.drawer")?.close();
  toast(interpolate(dataset.queue === "next" ? gettext("%s plays next.") : gettext("%s is in the queue."), [track.title]));
}

const BUTTONS = "[data-play], [data-play-all], [data-shuffle-all], [data-play-from], [data-play-station], [data-queue]";

/** Show which rows of the page are the one that plays. */
export function mark(player) {
  const { queue, status } = player;
  for (const row of document.querySelectorAll(".track[data-track]")) {
    const is = row.dataset.track === queue.now?.id;
    const sounds = is && (status === "playing" || status === "waiting");
    if (!is && !row.classList.contains("playing")) continue;
    row.classList.toggle("playing", is);
    row.classList.toggle("paused", is && !sounds);
    const button = row.querySelector("[data-play]");
    if (!button) continue;
    button.setAttribute("aria-label", interpolate(sounds ? gettext("Pause %s") : gettext("Play %s"), [row.dataset.title]));
    const use = button.querySelector("use");
    use?.setAttribute("href", use.getAttribute("href").replace(/#.*/, sounds ? "#pause" : "#play"));
  }
}

export function start(player) {
  document.body.addEventListener("click", (event) => {
    const button = event.target.closest(BUTTONS);
    if (!button) return;
    act(player, button).catch((error) => toast(error instanceof TypeError ? gettext("You are offline: try again when you are back.") : error.message));
  });
  player.on((what) => ["track", "status"].includes(what) && mark(player));
  document.body.addEventListener("htmx:load", () => mark(player));
}
