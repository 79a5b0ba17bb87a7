// The full view: slides up from the bar, with the cover that grows out of it; lyrics, and where else to hear it.
import { ask } from "../net.js";
import { toast } from "../toast.js";

const CLOSES_AT = 90;
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const isWide = () => matchMedia("(min-width: 1024px)").matches;

/** Change the page with a moving picture between before and after, where the browser and the person like that. */
function moving(change) {
  if (calm() || !document.startViewTransition) return change();
  document.startViewTransition(change).finished.catch(() => {});
}

export class Full {
  #lyricsOf = "";
  #from = null;

  constructor(player) {
    this.player = player;
    this.view = document.getElementById("playing");
    this.lyrics = this.view.querySelector(".lyrics");
    player.on((what) => ["track", "playable"].includes(what) && this.#show());
    this.view.addEventListener("close", () => this.#closed());
    this.view.addEventListener("keydown", (event) => event.key === "Escape" && !this.view.matches(":modal") && this.close());
    document.body.addEventListener("htmx:beforeRequest", (event) => event.detail.boosted && this.view.open && this.view.close());
    this.#swiping();
  }

  toggle() {
    if (this.view.open) this.close();
    else this.open();
  }

  open() {
    this.#from = document.activeElement;
    moving(() => {
      // On a phone it covers all; on a desk the bar and the rail stay in reach beside it.
      if (isWide()) this.view.show();
      else this.view.showModal();
      document.body.classList.add("full-open");
    });
    this.#expanded(true);
  }

  close() {
    moving(() => this.view.open && this.view.close());
  }

  #closed() {
    document.body.classList.remove("full-open");
    this.view.style.transform = "";
    this.#expanded(false);
    if (this.#from?.isConnected) this.#from.focus({ preventScroll: true });
  }

  #expanded(is) {
    for (const one of document.querySelectorAll('#player [data-act="full"]')) one.setAttribute("aria-expanded", String(is));
  }

  #show() {
    const { playable, queue } = this.player;
    const room = this.view.querySelector(".elsewhere");
    const without = Boolean(playable) && !playable.src;
    room.hidden = !without;
    room.replaceChildren(...(without ? this.#elsewhere(playable, queue.now) : []));
    for (const one of document.querySelectorAll('#player [data-act="lyrics"], #playing [data-act="lyrics"]')) one.hidden = !playable?.lyrics;
    if (!this.lyrics.hidden && queue.now?.id !== this.#lyricsOf) {
      if (playable?.lyrics) this.#read();
      else if (playable) this.showLyrics(false);
    }
  }

  /** Where there is no file: what to do about it, and where to hear it. */
  #elsewhere(playable, track) {
    const links = (playable.links || []).filter((one) => /^https?:\/\//.test(one.href));
    const words = document.createElement("p");
    words.textContent = links.length
      ? gettext("There is no file of this track on this server. Hear it here, or go on to the next:")
      : gettext("There is no file of this track on this server, and no link to it. Scan the folder with your music, or go on to the next.");
    const list = document.createElement("ul");
    list.className = "chips";
    for (const { name, href } of links) {
      const link = document.createElement("a");
      Object.assign(link, { href, target: "_blank", rel: "noopener noreferrer", textContent: name });
      link.setAttribute("hx-boost", "false");
      link.setAttribute("aria-label", interpolate(gettext("%(title)s at %(name)s, in a new tab"), { title: track.title, name }, true));
      const item = document.createElement("li");
      item.append(link);
      list.append(item);
    }
    return links.length ? [words, list] : [words];
  }

  // -- lyrics ----------------------------------------------------------------------------------------------------------

  showLyrics(on = this.lyrics.hidden) {
    if (!this.view.open) this.open();
    this.lyrics.hidden = !on;
    this.view.classList.toggle("reads", on);
    for (const one of this.view.querySelectorAll('[data-act="lyrics"]')) one.setAttribute("aria-pressed", String(on));
    if (on) this.#read();
  }

  async #read() {
    const { now } = this.player.queue;
    if (!now || this.#lyricsOf === now.id) return;
    this.lyrics.textContent = gettext("Looking for the words…");
    try {
      const { lyrics } = await ask("GET", `/lyrics/${encodeURIComponent(now.id)}`);
      if (this.player.queue.now?.id !== now.id) return;
      this.lyrics.textContent = lyrics || gettext("There are no lyrics of this track.");
      this.lyrics.scrollTop = 0;
      this.#lyricsOf = now.id;
    } catch (error) {
      this.lyrics.textContent = "";
      toast(error instanceof TypeError ? gettext("You are offline: try again when you are back.") : error.message);
    }
  }

  // -- a finger pulls it down ------------------------------------------------------------------------------------------

  #swiping() {
    let [y, id] = [0, null];
    this.view.addEventListener("pointerdown", (event) => {
      const free = event.target.closest("header, .stage") && !event.target.closest("button, .lyrics");
      if (event.pointerType === "mouse" || !free || isWide()) return;
      [y, id] = [event.clientY, event.pointerId];
      this.view.setPointerCapture(id);
    });
    this.view.addEventListener("pointermove", (event) => {
      if (event.pointerId === id) this.view.style.transform = `translateY(${Math.max(0, event.clientY - y)}px)`;
    });
    const end = (event) => {
      if (event.pointerId !== id) return;
      id = null;
      if (event.type === "pointerup" && event.clientY - y > CLOSES_AT) this.close();
      else this.view.style.transform = "";
    };
    this.view.addEventListener("pointerup", end);
    this.view.addEventListener("pointercancel", end);
  }
}
