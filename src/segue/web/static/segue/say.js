// Likes and dislikes: one tap, told to the server at once; every list that depends on them is asked for again.
import { api, ask } from "./net.js";
import { toast } from "./toast.js";

/** Tell everything on the page (and htmx: `hx-trigger="said from:body"`) that something was said of a track or an artist. */
export const tell = (detail) => document.body.dispatchEvent(new CustomEvent("said", { detail }));

/** Say "like", "dislike" or "never" of a track (or an artist), or take it back with "". */
export async function say(kind, { track, artist, exposure }) {
  const address = track ? api("feedback/tracks", track) : api("feedback/artists", artist);
  const now = kind ? await ask("PUT", address, { kind, ...(exposure && track ? { exposure } : {}) }) : await ask("DELETE", address);
  tell({ track, artist, kind: now.private ? "" : kind });
  return now;
}

const WORDS = () => ({
  like: gettext("You like %s."),
  dislike: gettext("Less of %s from now on."),
  never: gettext("%s is not played again."),
});

/** Say it and show what came of it; `name` is what it is called. */
export async function sayAloud(kind, about, name) {
  try {
    const now = await say(kind, about);
    if (now.private) toast(gettext("You listen in private: nothing is noted."));
    else if (kind) toast(interpolate(WORDS()[kind], [name]), () => sayAloud("", about, name));
    else toast(gettext("Taken back."));
  } catch (error) {
    toast(error instanceof TypeError ? gettext("You are offline: try again when you are back.") : error.message);
  }
}

/** Show what is said of a track, or of an artist, wherever they stand. */
function show({ track, artist, kind }) {
  if (!track && !artist) return;
  const about = track ? `[data-track="${CSS.escape(track)}"]` : `[data-artist="${CSS.escape(artist)}"]`;
  for (const row of document.querySelectorAll(about)) {
    for (const sign of row.querySelectorAll("[data-say]")) sign.setAttribute("aria-pressed", String(sign.dataset.say === kind));
  }
}

export function start() {
  document.body.addEventListener("said", (event) => show(event.detail));
  document.body.addEventListener("click", (event) => {
    const sign = event.target.closest("[data-say]");
    if (!sign) return;
    const about = sign.closest("[data-track], [data-artist]").dataset;
    const taken = sign.getAttribute("aria-pressed") === "true";
    // `.said` of a row says who it is about; an artist's buttons say so themselves.
    sayAloud(taken ? "" : sign.dataset.say, { track: about.track, artist: about.track ? undefined : about.artist, exposure: about.exposure }, about.title);
  });
}
