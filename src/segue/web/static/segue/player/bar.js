// What shows the player: the bar, and the same things in the full view.
import { addressOf } from "./starts.js";

const all = (name) => document.querySelectorAll(`#player [data-show="${name}"], #playing [data-show="${name}"]`);
const acts = (name) => document.querySelectorAll(`#player [data-act="${name}"], #playing [data-act="${name}"]`);

/** Milliseconds as "3:07". */
export function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

const write = (name, text) => all(name).forEach((one) => one.textContent !== text && (one.textContent = text));

function label(button, text) {
  button.setAttribute("aria-label", text);
  button.title = text;
}

/** The artists, each leading to their page. */
function credits(track) {
  const parts = [];
  for (const one of track.artists?.length ? track.artists : [{ name: track.by || "" }]) {
    if (parts.length) parts.push(", ");
    const link = document.createElement(one.id ? "a" : "span");
    if (one.id) link.href = addressOf("artist", one.id);
    link.textContent = one.name;
    parts.push(link);
  }
  return parts;
}

const STATES = {
  elsewhere: () => gettext("Not here: hear it elsewhere"),
  waiting: () => gettext("Waiting for the network"),
  taken: () => gettext("Plays in another tab"),
};

export class Bar {
  #aloud = "";
  #late = 0;

  constructor(player) {
    this.player = player;
    this.root = document.getElementById("player");
    this.full = document.getElementById("playing");
    /** Set while a finger is on the position, which then does not run away from it. */
    this.held = false;
    player.on((what) => this[what]?.());
    this.volume();
  }

  track() {
    const { now, from } = this.player.queue;
    this.root.hidden = !now;
    document.body.classList.toggle("has-player", Boolean(now));
    if (!now) return;
    for (const one of [this.root, this.full]) {
      Object.assign(one.dataset, { track: now.id, title: now.title, by: now.by, cover: now.cover, ms: now.ms ?? "", reasons: now.reasons || "[]" });
      one.dataset.exposure = now.exposure || "";
      for (const sign of one.querySelectorAll("[data-say]")) sign.setAttribute("aria-pressed", String(sign.dataset.say === now.said));
    }
    for (const one of all("title")) {
      one.textContent = now.title;
      one.href = addressOf("track", now.id);
    }
    for (const one of all("by")) one.replaceChildren(...credits(now));
    for (const one of all("cover")) if (one.getAttribute("src") !== now.cover) one.src = now.cover;
    for (const one of all("why")) {
      one.textContent = now.why || "";
      one.hidden = !now.why;
    }
    write("from", from.title ? interpolate(gettext("From %s"), [from.title]) : "");
    this.full.querySelector("input[name=said]").value = now.id;
    this.#nevers(now);
    this.status();
    this.queue();
    this.time();
  }

  playable() {
    this.status();
  }

  status() {
    const { status, queue, taken } = this.player;
    const sounds = status === "playing" || status === "waiting";
    document.body.classList.toggle("sounds", sounds);
    for (const one of acts("toggle")) {
      label(one, sounds ? gettext("Pause") : gettext("Play"));
      one.classList.toggle("on", sounds);
      one.disabled = status === "elsewhere";
    }
    for (const one of document.querySelectorAll("#player [data-seek], #playing [data-seek]")) one.disabled = status === "elsewhere";
    clearTimeout(this.#late);
    // Most waits are over before they could be read.
    if (status === "waiting") this.#late = setTimeout(() => this.#state("waiting"), 1200);
    this.#state(status === "elsewhere" ? "elsewhere" : taken ? "taken" : "");
    const text = queue.now && sounds ? interpolate(gettext("Now playing: %(title)s by %(by)s"), queue.now, true) : "";
    if (status === "playing" && text !== this.#aloud) write("aloud", (this.#aloud = text));
  }

  #state(name) {
    for (const one of all("state")) {
      one.textContent = STATES[name]?.() || "";
      one.hidden = !name;
    }
    document.body.classList.toggle("waits", name === "waiting");
  }

  time() {
    if (this.held) return;
    const { position, lengthMs } = this.player;
    this.at(position, lengthMs);
  }

  /** Show a position, which may be one that a finger is about to choose. */
  at(position, lengthMs) {
    const share = lengthMs ? Math.min(1, position / lengthMs) : 0;
    document.body.style.setProperty("--at", share.toFixed(4));
    write("at", clock(position));
    write("length", lengthMs ? clock(lengthMs) : "");
    for (const one of document.querySelectorAll("#player [data-seek], #playing [data-seek]")) {
      one.value = String(Math.round(share * 1000));
      one.setAttribute("aria-valuetext", interpolate(gettext("%(at)s of %(length)s"), { at: clock(position), length: clock(lengthMs) }, true));
    }
  }

  queue() {
    const { shuffled, repeat, from, past } = this.player.queue;
    for (const one of acts("shuffle")) {
      one.setAttribute("aria-pressed", String(shuffled));
      one.disabled = Boolean(from.station);
    }
    const words = { off: gettext("Repeat: off"), all: gettext("Repeat: all"), one: gettext("Repeat: this one") };
    for (const one of acts("repeat")) {
      one.setAttribute("aria-pressed", String(repeat !== "off"));
      one.dataset.repeat = repeat;
      label(one, words[repeat]);
      one.disabled = Boolean(from.station);
    }
    for (const one of acts("previous")) one.classList.toggle("first", !past.length);
  }

  volume() {
    const { volume, muted } = this.player.deck;
    const percent = Math.round(100 * (muted ? 0 : volume));
    const slider = this.root.querySelector("[data-volume]");
    slider.value = String(percent);
    slider.setAttribute("aria-valuetext", `${percent} %`);
    slider.style.setProperty("--at", percent / 100);
    for (const one of acts("mute")) {
      one.setAttribute("aria-pressed", String(percent === 0));
      label(one, percent === 0 ? gettext("Sound on") : gettext("Mute"));
    }
  }

  #nevers(now) {
    const room = this.full.querySelector(".nevers");
    const icon = this.root.querySelector(".icon.cross");
    room.replaceChildren(...(now.artists || []).slice(0, 3).map((one) => {
      const button = document.createElement("button");
      Object.assign(button.dataset, { do: "never-artist", artist: one.id, name: one.name });
      const drawing = icon.cloneNode(true);
      drawing.querySelector("use").setAttribute("href", icon.querySelector("use").getAttribute("href").replace(/#.*/, "#never"));
      drawing.setAttribute("class", "icon never");
      button.append(drawing, interpolate(gettext("Never play %s"), [one.name]));
      return button;
    }));
  }
}
