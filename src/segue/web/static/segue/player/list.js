// The queue: what plays now, what the list holds, and what is recommended to come then, each with its reason.
import { sortable } from "../drag.js";
import * as q from "./queue.js";
import { addressOf } from "./starts.js";

const SHOWN = 100;
const NAMES = "http://www.w3.org/2000/svg";

function made(tag, attributes = {}, ...inside) {
  const one = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) one.setAttribute(name, value);
  one.append(...inside);
  return one;
}

function icon(name) {
  const drawing = document.createElementNS(NAMES, "svg");
  drawing.setAttribute("class", `icon ${name}`);
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(NAMES, "use");
  const sheet = document.querySelector("#player use").getAttribute("href").replace(/#.*/, "");
  use.setAttribute("href", `${sheet}#${name}`);
  drawing.append(use);
  return drawing;
}

const sign = (name, text, attributes) => made("button", { class: "sign", "aria-label": text, title: text, ...attributes }, icon(name));

export class List {
  #sorting = null;

  constructor(player) {
    this.player = player;
    this.view = document.getElementById("queue");
    player.on((what) => ["queue", "track"].includes(what) && this.view.open && this.#show());
    this.view.addEventListener("click", (event) => this.#click(event));
    this.view.addEventListener("close", () => this.#expanded(false));
    this.view.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && !this.view.matches(":modal") && this.view.close());
    document.body.addEventListener("htmx:beforeRequest", (event) => event.detail.boosted && this.view.open && this.view.close());
  }

  toggle() {
    if (this.view.open) return this.view.close();
    this.#show();
    // On a desk the page stays in use beside it.
    if (matchMedia("(min-width: 1024px)").matches) this.view.show();
    else this.view.showModal();
    this.#expanded(true);
  }

  #expanded(is) {
    document.body.classList.toggle("queue-open", is);
    for (const one of document.querySelectorAll('[data-act="queue"]')) one.setAttribute("aria-expanded", String(is));
  }

  #show() {
    const { now, next, then, from, repeat } = this.player.queue;
    const focus = this.view.contains(document.activeElement) ? this.#placeOfFocus() : null;
    const top = this.view.scrollTop;
    const parts = [
      sign("cross", gettext("Close the queue"), { "data-shut": "", class: "sign close" }),
      made("h2", { id: "queue-title" }, gettext("Queue")),
    ];
    if (now) parts.push(made("h3", {}, gettext("Now")), made("ol", { class: "tracks" }, this.#row(now)));
    const heading = made("div", { class: "heading" }, made("h3", { id: "queue-next" }, from.title && !from.station ? interpolate(gettext("Next, from %s"), [from.title]) : gettext("Next")));
    if (next.length) heading.append(made("button", { class: "link plain", "data-clear": "" }, gettext("Clear")));
    if (next.length || !from.station) parts.push(heading);
    const list = made("ol", { class: "tracks sorts", "aria-labelledby": "queue-next", "data-count": next.length }, ...next.slice(0, SHOWN).map((one) => this.#row(one, "next")));
    if (next.length) parts.push(list);
    else if (!from.station) parts.push(made("p", { class: "quiet small" }, gettext("The list ends here. Add tracks with “Play next” on any row.")));
    if (next.length > SHOWN) parts.push(made("p", { class: "quiet small" }, interpolate(ngettext("and %s more", "and %s more", next.length - SHOWN), [next.length - SHOWN])));
    parts.push(made("h3", { id: "queue-then" }, from.station ? interpolate(gettext("Then, on %s"), [from.title || gettext("this station")]) : gettext("Then, recommended")));
    if (repeat !== "off" && !from.station) parts.push(made("p", { class: "quiet small" }, gettext("Nothing: it repeats.")));
    else if (then.length) parts.push(made("ol", { class: "tracks", "aria-labelledby": "queue-then" }, ...then.map((one) => this.#row(one, "then"))));
    else parts.push(made("p", { class: "quiet small" }, gettext("It is chosen while you listen.")));
    this.#sorting?.();
    this.view.replaceChildren(...parts);
    this.#sorting = sortable(list, (from_, to) => this.player.change((queue) => q.moved(queue, from_, to)));
    this.view.scrollTop = top;
    if (focus) this.#focus(focus);
  }

  #row(track, part = "") {
    const jump = part
      ? made("button", { class: "start", "data-jump": track.uid, "aria-label": interpolate(gettext("Play %s now"), [track.title]) })
      : made("span", { class: "start" });
    jump.append(made("img", { class: "cover", src: track.cover, width: 44, height: 44, alt: "", loading: "lazy" }));
    if (part) jump.append(icon("play"));
    const title = made("a", { class: "title", href: addressOf("track", track.id) }, track.title);
    const words = made("div", { class: "words" }, title, made("span", { class: "by" }, track.by || ""));
    const data = { "data-track": track.id, "data-title": track.title, "data-reasons": track.reasons || "[]", "data-exposure": track.exposure || null };
    if (track.why && part !== "next") words.append(made("button", { class: "why", "data-why-open": "", "aria-haspopup": "dialog" }, track.why));
    const signs = made("div", { class: "signs" });
    if (part) signs.append(sign("cross", interpolate(gettext("Remove %s from the queue"), [track.title]), { "data-remove": track.uid }));
    if (part === "next") signs.append(sign("drag", interpolate(gettext("Move %s"), [track.title]), { "data-drag": "" }));
    return made("li", { class: "track", "data-uid": track.uid, ...data }, jump, words, signs);
  }

  #click(event) {
    const { dataset } = event.target.closest("button") || { dataset: {} };
    if (event.target === this.view || "shut" in dataset) this.view.close();
    else if (dataset.jump) this.player.jump(dataset.jump);
    else if (dataset.remove) this.player.change((queue) => q.removed(queue, dataset.remove));
    else if ("clear" in dataset) this.player.change(q.cleared);
  }

  /** Which button has the focus, so that it has it again after the list was written anew. */
  #placeOfFocus() {
    const { activeElement: one } = document;
    const row = one.closest("li");
    const rows = [...this.view.querySelectorAll("li")];
    const kind = ["data-drag", "data-remove", "data-jump", "data-why-open", "data-shut", "data-clear"].find((each) => one.hasAttribute(each));
    return { uid: row?.dataset.uid, kind, at: rows.indexOf(row) };
  }

  #focus({ uid, kind, at }) {
    const row = uid && (this.view.querySelector(`[data-uid="${CSS.escape(uid)}"]`) || [...this.view.querySelectorAll("li")][at]);
    const one = (kind && (row || this.view).querySelector(`[${kind}]`)) || row?.querySelector("button") || this.view.querySelector("[data-shut]");
    one?.focus({ preventScroll: true });
  }
}
