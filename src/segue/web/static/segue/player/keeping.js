// What survives: a reload, another tab (the queue, the place in it, the position), another device (what played last).
import { ask } from "../net.js";
import * as q from "./queue.js";
import { tracksOf } from "./starts.js";

const EVERY_MS = 5000;
const TOLD_EVERY_MS = 60_000;
const VOLUME = "segue.volume";

/** The volume of this device. */
export const kept = {
  get volume() {
    const said = read(localStorage, VOLUME);
    return { volume: Math.min(1, Math.max(0, said?.volume ?? 1)), muted: Boolean(said?.muted) };
  },
  set volume(value) {
    write(localStorage, VOLUME, value);
  },
};

function read(where, key) {
  try {
    return JSON.parse(where.getItem(key));
  } catch {
    return null;
  }
}

function write(where, key, value) {
  try {
    where.setItem(key, JSON.stringify(value));
  } catch {
    // Full, or not allowed: it is then forgotten, nothing worse.
  }
}

export class Keeping {
  #savedMs = 0;
  #toldMs = 0;

  constructor(player, me) {
    this.player = player;
    this.key = `segue.${me}.player`;
  }

  /** Save. `closed` says that the page goes, so that another may go on with the listen that is under way. */
  save(closed = false) {
    const { queue, status, position, meter, heard } = this.player;
    if (!queue.now) return;
    this.#savedMs = Date.now();
    const listen = meter && !meter.done && meter.listen.time_ms ? meter.listen : null;
    const state = { queue, position, playing: status === "playing" || status === "waiting", listen, heard, closed };
    for (const where of [sessionStorage, localStorage]) write(where, this.key, state);
  }

  /** While it plays: save every few seconds, and tell the server every minute. */
  passing() {
    const now = Date.now();
    if (now - this.#savedMs > EVERY_MS) this.save();
    if (now - this.#toldMs > TOLD_EVERY_MS) this.tell();
  }

  /** Tell the server what plays and how far, for another device. */
  tell() {
    const { queue, deck } = this.player;
    if (!queue.now || !deck.src) return;
    this.#toldMs = Date.now();
    const { page = "", title = "" } = queue.from;
    ask("POST", "/latest/", { track: queue.now.id, position_ms: deck.position, page, title: title.slice(0, 500) }, { keepalive: true }).catch(() => {});
  }

  /** Go on as this tab left it, else as the last one did, else offer what played on another device. */
  async goOn() {
    const mine = read(sessionStorage, this.key);
    const found = mine?.queue?.now ? mine : read(localStorage, this.key);
    if (found?.queue?.now) {
      const listen = mine || found.closed ? found.listen : null;
      return this.player.resume({ ...found, play: Boolean(mine && found.playing), listen });
    }
    const latest = await ask("GET", "/latest/").catch(() => null);
    if (!latest?.track || this.player.queue.now) return;
    const track = { ...latest.track, kind: "list", uid: "latest", place: 0 };
    const from = { page: latest.page, title: latest.title };
    this.player.offered = true;
    this.player.resume({ queue: { now: track, list: [track], from }, position: latest.position_ms });
  }

  /** What was offered from another device is played: put the rest of its list around it. */
  async complete() {
    const { now, from } = this.player.queue;
    const tracks = from.page ? await tracksOf(from.page).catch(() => []) : [];
    const at = tracks.findIndex((one) => one.id === now.id);
    if (at >= 0 && this.player.queue.now === now) this.player.change((queue) => ({ ...q.begun(queue, tracks, at, from), now, then: queue.then }));
  }
}
