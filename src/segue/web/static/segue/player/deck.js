// Two players in turn: while one plays, the other loads what comes, so that it begins without a gap.

const TRIES = 3;
const LAST_S = 2;

export class Deck {
  #here = new Audio();
  #there = new Audio();
  #tries = 0;
  #at = 0;
  #last = 0;
  #wanted = false;
  #timer = 0;

  /** `on` is told: playing(), waiting(), time(heardMs), ended(), failed(code), blocked(). */
  constructor(on) {
    this.on = on;
    for (const one of [this.#here, this.#there]) {
      one.preload = "auto";
      const mine = (does) => () => one === this.#here && one.getAttribute("src") && does(one);
      one.addEventListener("playing", mine(() => this.#playing()));
      one.addEventListener("waiting", mine(() => this.#wanted && on.waiting()));
      one.addEventListener("timeupdate", mine(() => this.#heard()));
      one.addEventListener("durationchange", mine(() => on.time(0)));
      one.addEventListener("seeking", mine(() => (this.#last = one.currentTime)));
      one.addEventListener("ended", mine(() => this.#ended()));
      one.addEventListener("error", mine(() => this.#broke()));
      // The system stops us (a call, headphones pulled out): then it is not wanted any more.
      one.addEventListener("pause", mine(() => one.paused && !one.ended && !one.error && this.#wanted && this.on.stopped()));
    }
    addEventListener("online", () => this.#here.error && this.#again());
  }

  get src() {
    return this.#here.getAttribute("src");
  }

  get position() {
    return Math.round((this.#at || this.#here.currentTime) * 1000);
  }

  get duration() {
    return Number.isFinite(this.#here.duration) ? Math.round(this.#here.duration * 1000) : 0;
  }

  get volume() {
    return this.#here.volume;
  }

  set volume(value) {
    this.#here.volume = this.#there.volume = value;
  }

  get muted() {
    return this.#here.muted;
  }

  set muted(value) {
    this.#here.muted = this.#there.muted = value;
  }

  /** In a tap: lets both begin later without one, where the browser asks for it. */
  unlock() {
    for (const one of [this.#here, this.#there]) if (!one.getAttribute("src")) one.load();
  }

  /** Take what comes into the other one. */
  prepare(src) {
    if (this.#there.getAttribute("src") === src || this.src === src) return;
    this.#there.src = src;
    this.#there.load();
  }

  load(src, positionMs = 0) {
    this.stop();
    if (this.#there.getAttribute("src") === src) [this.#here, this.#there] = [this.#there, this.#here];
    else this.#here.src = src;
    this.#tries = 0;
    this.#go(positionMs / 1000);
  }

  async play() {
    this.#wanted = true;
    if (this.#here.error) return this.#again();
    try {
      if (this.#here.readyState < 3) this.on.waiting();
      await this.#here.play();
    } catch (error) {
      if (error.name !== "NotAllowedError") return;
      this.#wanted = false;
      this.on.blocked();
    }
  }

  pause() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#here.pause();
  }

  seek(ms) {
    this.#go(ms / 1000);
    this.on.time(0);
  }

  stop() {
    this.pause();
    this.#at = 0;
    this.#last = 0;
    this.#here.removeAttribute("src");
    this.#here.load();
  }

  /** Set the position: at once, or as soon as it is known how long it is. */
  #go(seconds) {
    const one = this.#here;
    this.#last = seconds;
    if (one.readyState > 0) {
      this.#at = 0;
      if (Math.abs(one.currentTime - seconds) > 0.05) one.currentTime = seconds;
      return;
    }
    this.#at = seconds;
    const src = this.src;
    one.addEventListener("loadedmetadata", () => this.src === src && this.#at && this.#go(this.#at), { once: true });
  }

  #playing() {
    this.#tries = 0;
    this.on.playing();
  }

  #heard() {
    const now = this.#here.currentTime;
    const heard = Math.max(0, now - this.#last);
    this.#last = now;
    this.on.time(this.#here.seeking ? 0 : Math.round(heard * 1000));
  }

  #ended() {
    this.#heard();
    this.#wanted = false;
    this.on.ended();
  }

  /** A broken line is tried again a few times, later each time; what cannot be played at all is not. */
  #broke() {
    const code = this.#here.error?.code;
    // Chromium cannot seek to the last frames of some FLAC files: what breaks there has been heard.
    if (this.#here.duration - this.#here.currentTime < LAST_S) return this.#ended();
    if (this.#tries >= TRIES || code === MediaError.MEDIA_ERR_DECODE) return this.on.failed(code);
    this.#tries += 1;
    this.on.waiting();
    this.#timer = setTimeout(() => this.#again(), 500 * 2 ** this.#tries);
  }

  #again() {
    const at = this.position / 1000;
    this.#here.load();
    this.#go(at);
    if (this.#wanted) this.play();
  }
}
