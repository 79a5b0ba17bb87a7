// The player: what plays, and what the person does with it. It knows no page; what shows it listens to it.
import { toast } from "../toast.js";
import { Deck } from "./deck.js";
import { Keeping, kept } from "./keeping.js";
import { Meter } from "./meter.js";
import { Outbox } from "./outbox.js";
import { forget, look } from "./playable.js";
import * as q from "./queue.js";
import { Tail, ofStation, told } from "./tail.js";

const TRIES = 3;
const MISSES = 3;
const RESTARTS_AFTER_MS = 4000;

export class Player {
  queue = q.empty();
  /** "idle", "waiting", "playing", "paused", or "elsewhere" where we have no file of it. */
  status = "idle";
  /** What the server said of how it can be played; null while that is not known. */
  playable = null;
  /** What became of the last ones, as `/next/` takes it. */
  heard = [];
  /** Whether another tab plays. */
  taken = false;
  /** Whether this is only offered to go on with, from another device, without the list that it was in. */
  offered = false;
  meter = null;
  /** Where it begins once it is loaded, in ms. */
  resumeAt = 0;
  #hearers = [];
  #turn = 0;
  #misses = 0;
  #hungry = false;
  #broken = false;

  constructor(me) {
    this.outbox = new Outbox(me);
    this.keeping = new Keeping(this, me);
    this.tail = new Tail(this);
    this.deck = new Deck({
      playing: () => this.#playing(),
      waiting: () => this.#set("waiting"),
      time: (ms) => this.#time(ms),
      ended: () => this.next({ ended: true }),
      failed: () => this.#failed(),
      blocked: () => this.#set("paused"),
      stopped: () => this.pause(),
    });
    Object.assign(this.deck, kept.volume);
    addEventListener("online", () => this.#broken && this.play());
    addEventListener("pagehide", () => this.save(true));
  }

  /** Be told of "track", "status", "time" and "queue" when they change. */
  on(hearer) {
    this.#hearers.push(hearer);
  }

  get lengthMs() {
    return this.deck.duration || this.queue.now?.ms || 0;
  }

  // -- what the person does --------------------------------------------------------------------------------------------

  start(tracks, at, from, how) {
    this.deck.unlock();
    this.#leave();
    this.offered = false;
    this.queue = q.begun(this.queue, tracks, at, from, how);
    this.heard = [];
    this.tail.settle();
    this.#begin();
  }

  async station(station, title, page) {
    this.deck.unlock();
    const tracks = await ofStation(this.outbox, station);
    if (tracks.length) this.start(tracks, 0, { station, title, page, surface: "station" }, { shuffle: false });
    else toast(gettext("This station has nothing to play now."));
  }

  toggle() {
    if (this.status === "playing" || this.status === "waiting") this.pause();
    else this.play();
  }

  play() {
    if (!this.queue.now || this.status === "elsewhere") return;
    this.deck.unlock();
    if (!this.deck.src) return this.#begin({ position: this.resumeAt });
    this.#set("waiting");
    this.deck.play();
  }

  pause() {
    this.#broken = false;
    this.#turn += this.deck.src ? 0 : 1;
    this.deck.pause();
    if (this.status !== "elsewhere") this.#set("paused");
    this.keeping.tell();
    this.save();
  }

  next({ ended = false } = {}) {
    this.deck.unlock();
    const listen = this.#leave(ended);
    const to = q.forward(this.queue, { ended });
    if (to.now) {
      this.queue = to;
      this.#begin();
    } else if (this.tail.asking || (this.queue.repeat === "off" && navigator.onLine && !this.#hungry)) {
      // What comes next is on its way: it begins when it is there.
      this.#hungry = true;
      this.deck.stop();
      this.#set("waiting");
      this.tail.fill();
      return;
    } else this.#rest();
    if (listen?.skipped) this.tail.refresh();
    else this.tail.fill();
  }

  previous() {
    this.deck.unlock();
    if (this.deck.position > RESTARTS_AFTER_MS || !this.queue.past.length) return this.seek(0);
    this.#leave();
    this.queue = q.back(this.queue);
    this.#begin();
  }

  jump(uid) {
    this.deck.unlock();
    this.#leave();
    this.queue = q.jumped(this.queue, uid);
    this.#begin();
  }

  seek(ms) {
    if (!this.deck.src) return;
    this.deck.seek(Math.max(0, Math.min(ms, Math.max(0, this.lengthMs - 250))));
    this.tell("time");
    this.save();
  }

  add(tracks, where) {
    const first = !this.queue.now;
    this.change((queue) => q.added(queue, tracks, where));
    if (first) this.next();
  }

  /** Change the queue without changing what plays. */
  change(how) {
    this.queue = how(this.queue);
    this.tell("queue");
    this.save();
    this.tail.fill();
    this.#prepare();
  }

  setVolume(volume, muted = false) {
    Object.assign(this.deck, { volume, muted });
    kept.volume = { volume, muted };
    this.tell("volume");
  }

  /** Something was said of a track or an artist: what is recommended changes at once. */
  said(what) {
    if (!this.queue.now) return;
    const against = q.isAgainst(this.queue, what);
    this.queue = q.said(this.queue, what);
    if (this.queue.now.id === what.track) {
      this.queue.now.said = what.kind;
      this.meter.said = what.kind;
    }
    this.tell("queue");
    this.tail.refresh();
    if (against) this.next();
  }

  // -- what the server answers -----------------------------------------------------------------------------------------

  recommended(tracks, anew) {
    this.queue = q.recommended(this.queue, tracks, { anew });
    this.tell("queue");
    this.save();
    this.#prepare();
  }

  /** The question of what comes next was answered, or could not be. */
  answered() {
    if (!this.#hungry) return;
    const some = this.queue.then.length + this.queue.next.length > 0;
    if (some) this.next();
    else this.#rest();
    this.#hungry = false;
  }

  get position() {
    return this.deck.src ? this.deck.position : this.resumeAt;
  }

  save(closed = false) {
    this.keeping.save(closed);
  }

  /** Take up a queue that was kept; `play` says whether it sounds at once. */
  resume({ queue, heard = [], position = 0, play = false, listen = null }) {
    this.queue = { ...q.empty(), ...queue };
    this.heard = heard;
    this.#begin({ position, play, listen });
  }

  // -- what happens by itself ------------------------------------------------------------------------------------------

  tell(what) {
    for (const hear of this.#hearers) hear(what);
  }

  #set(status) {
    if (this.status === status) return;
    this.status = status;
    this.tell("status");
  }

  /** Load what plays now, and play it. */
  async #begin({ position = 0, play = true, listen = null, tries = 0 } = {}) {
    const turn = (this.#turn += 1);
    const track = this.queue.now;
    this.deck.stop();
    this.resumeAt = position;
    this.#broken = this.#hungry = false;
    this.playable = null;
    this.meter = new Meter(track, this.queue.from.station ? "station" : "app", listen);
    this.#set(play ? "waiting" : "paused");
    this.tell("track");
    this.save();
    try {
      const found = await look(track.id);
      if (turn !== this.#turn) return;
      this.playable = found;
      this.tell("playable");
      if (!found.src) return this.#set("elsewhere");
      this.deck.load(found.src, position);
      if (play) await this.deck.play();
      this.tail.fill();
    } catch (error) {
      if (turn !== this.#turn) return;
      if (error.status === undefined && tries < TRIES) {
        await new Promise((done) => setTimeout(done, 500 * 2 ** tries));
        if (turn === this.#turn) this.#begin({ position, play, listen, tries: tries + 1 });
      } else this.#failed();
    }
  }

  #playing() {
    this.#misses = 0;
    this.resumeAt = 0;
    if (this.offered) this.keeping.complete();
    this.offered = false;
    this.meter.begin();
    this.#set("playing");
    this.tell("time");
    this.save();
    this.#prepare();
  }

  #time(ms) {
    this.meter?.heard(ms);
    this.tell("time");
    if (ms) this.keeping.passing();
  }

  /** Load what comes, so that it begins without a gap. */
  async #prepare() {
    const coming = this.status === "playing" && q.upcoming(this.queue);
    if (!coming) return;
    const found = await look(coming.id).catch(() => null);
    if (found?.src && q.upcoming(this.queue)?.id === coming.id) this.deck.prepare(found.src);
  }

  /** It cannot be played: go on to the next, but not for ever, and not where the fault is the line. */
  #failed() {
    const { now } = this.queue;
    if (!navigator.onLine) {
      this.resumeAt = this.position;
      this.deck.stop();
      this.#set("paused");
      this.#broken = true;
      return toast(gettext("You are offline. It goes on when you are back."));
    }
    forget(now.id);
    this.#misses += 1;
    if (this.#misses >= MISSES) {
      this.#rest();
      this.#misses = 0;
      return toast(gettext("Several tracks in a row could not be played. Try again in a moment."));
    }
    toast(interpolate(gettext("%s could not be played: on to the next."), [now.title]));
    this.next();
  }

  /** Nothing comes: it stops at the beginning of this one. */
  #rest() {
    this.deck.stop();
    this.resumeAt = 0;
    this.#hungry = false;
    this.meter = new Meter(this.queue.now, this.queue.from.station ? "station" : "app");
    this.#set("paused");
    this.tell("time");
    this.save();
  }

  /** This one is left: what was heard of it is put down before anything else. */
  #leave(ended = false) {
    const listen = this.meter?.end(this.lengthMs, ended);
    if (!listen) return null;
    const { station } = this.queue.from;
    this.outbox.put(listen, station || "", told(listen, this.meter.said).outcome);
    if (!station) {
      this.heard = [...this.heard, told(listen, this.meter.said)].slice(-20);
      this.outbox.send();
    }
    return listen;
  }
}
