// Lists that are put in order by hand: with a mouse, a finger, a pen, or the keyboard.

// Pixels: from the edge of what scrolls in which it scrolls by itself, by how many a frame at most, and that a hand may tremble.
const [EDGE, FASTEST, SLACK] = [72, 18, 4];
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const itemsOf = (list) => [...list.querySelectorAll(":scope > li")];

/** Put the item that is at a place, counted from 0, at another. */
export function place(list, from, to) {
  const items = itemsOf(list);
  if (from === to || !items[from] || !items[to]) return;
  items[to][from < to ? "after" : "before"](items[from]);
}

/**
 * Let the items (`li`) of a list be moved by their handles (`[data-drag]`, buttons).
 * `moved(from, to)` is called when one is at another place. Items may come and go. Returns what ends it.
 * `data-count` on the list is how many there are where not all are on the page; `data-title` on an item is its name.
 */
export function sortable(list, moved) {
  const ending = new AbortController();
  const on = (kind, does) => list.addEventListener(kind, does, { signal: ending.signal });
  const say = announcer(list);
  byPointer(list, on, moved, say);
  byKeys(list, on, moved, say);
  return () => ending.abort();
}

// -- a mouse, a finger, a pen ------------------------------------------------------------------------------------------

function byPointer(list, on, moved, say) {
  let drag = null;
  on("pointerdown", (event) => {
    const handle = event.target.closest("[data-drag]");
    const item = handle?.closest("li");
    if (!item || item.parentElement !== list || event.button !== 0 || drag) return;
    const [scroller, id, y] = [scrollerOf(list), event.pointerId, event.clientY];
    drag = { handle, item, scroller, id, y, startY: y, startScroll: scroller.scrollTop, begun: false };
    handle.setPointerCapture(id);
  });
  on("pointermove", (event) => {
    if (event.pointerId !== drag?.id) return;
    drag.y = event.clientY;
    if (!drag.begun && Math.abs(drag.y - drag.startY) > SLACK) begin();
  });
  on("pointerup", (event) => event.pointerId === drag?.id && end(true));
  on("pointercancel", (event) => event.pointerId === drag?.id && end(false));
  on("keydown", (event) => {
    if (event.key !== "Escape" || !drag?.begun) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    end(false);
  });

  function begin() {
    const at = itemsOf(list).indexOf(drag.item);
    Object.assign(drag, { begun: true, from: at, to: at, step: drag.item.offsetHeight });
    list.classList.add("sorting");
    drag.item.classList.add("lifted");
    drag.frame = requestAnimationFrame(follow);
  }

  /** Once a frame: scroll near the edges, carry the item, and let those it passes make room. */
  function follow() {
    const { item, scroller } = drag;
    if (item.parentElement !== list) return end(false);
    scroller.scrollTop += speed(scroller, drag.y);
    const items = itemsOf(list);
    const last = items[items.length - 1];
    const by = drag.y - drag.startY + scroller.scrollTop - drag.startScroll;
    const top = Math.min(Math.max(item.offsetTop + by, items[0].offsetTop), last.offsetTop + last.offsetHeight - item.offsetHeight);
    item.style.transform = `translateY(${top - item.offsetTop}px)`;
    const to = placeAt(items, drag.from, top, top + item.offsetHeight);
    for (let at = Math.min(to, drag.to); at <= Math.max(to, drag.to); at++) {
      if (at === drag.from) continue;
      const room = at > drag.from && at <= to ? -drag.step : at < drag.from && at >= to ? drag.step : 0;
      items[at].style.transform = room ? `translateY(${room}px)` : "";
    }
    drag.to = to;
    drag.frame = requestAnimationFrame(follow);
  }

  function end(dropped) {
    const { item, handle, id, begun, from, to, frame } = drag;
    drag = null;
    if (handle.hasPointerCapture(id)) handle.releasePointerCapture(id);
    if (!begun) return;
    cancelAnimationFrame(frame);
    const before = item.getBoundingClientRect().top;
    list.classList.remove("sorting");
    item.classList.remove("lifted");
    for (const one of itemsOf(list)) one.style.transform = "";
    const goes = dropped && from !== to;
    if (goes) place(list, from, to);
    if (!calm()) {
      const by = before - item.getBoundingClientRect().top;
      item.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], { duration: 120, easing: "ease-out" });
    }
    if (!goes) return;
    say(gettext("%(name)s is now %(place)s of %(count)s."), item, to);
    moved(from, to);
  }
}

/** The place of an item that is carried from one: it passes another when its edge passes the other's middle. */
function placeAt(items, from, top, bottom) {
  let [low, high] = [0, items.length - 1];
  const middle = (one) => one.offsetTop + one.offsetHeight / 2;
  while (low < high) {
    const at = (low + high) >> 1;
    if (at < from ? top > middle(items[at]) : bottom > middle(items[at + 1])) low = at + 1;
    else high = at;
  }
  return low;
}

function scrollerOf(list) {
  for (let one = list; one && one !== document.body; one = one.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(one).overflowY) && one.scrollHeight > one.clientHeight) return one;
  }
  return document.scrollingElement;
}

/** Pixels to scroll this frame. What stands over the page's lower edge (the player) is what its body leaves room for. */
function speed(scroller, y) {
  const page = scroller === document.scrollingElement;
  const box = page ? { top: 0, bottom: innerHeight - parseFloat(getComputedStyle(document.body).paddingBottom) } : scroller.getBoundingClientRect();
  const over = y < box.top + EDGE ? y - box.top - EDGE : Math.max(0, y - box.bottom + EDGE);
  return Math.max(-1, Math.min(1, over / EDGE)) * FASTEST;
}

// -- the keyboard ------------------------------------------------------------------------------------------------------

function byKeys(list, on, moved, say) {
  let lifted = null; // {item, from} while one is carried by the keyboard.
  let moving = false; // Moving an item takes the focus from it for a moment: that is not leaving.
  const at = (item) => itemsOf(list).indexOf(item);
  const shift = (item, to) => {
    moving = true;
    place(list, at(item), to);
    const handle = item.querySelector("[data-drag]");
    handle.focus({ preventScroll: true });
    handle.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
    moving = false;
  };
  const drop = (words) => {
    const { item, from } = lifted;
    lifted = null;
    item.classList.remove("lifted");
    const to = at(item);
    if (to < 0) return;
    say(words, item, to);
    if (to !== from) moved(from, to);
  };
  const DROPPED = () => gettext("%(name)s is dropped, %(place)s of %(count)s.");

  // A click without a pointer is Enter, Space, or what a screen reader does in their place.
  on("click", (event) => {
    const item = event.target.closest("[data-drag]")?.closest("li");
    if (!item || item.parentElement !== list || event.detail !== 0) return;
    event.stopPropagation();
    if (lifted) return drop(DROPPED());
    lifted = { item, from: at(item) };
    item.classList.add("lifted");
    say(gettext("%(name)s is lifted, %(place)s of %(count)s. The arrow keys move it, Space drops it, Escape puts it back."), item, lifted.from);
  });

  on("keydown", (event) => {
    const item = event.target.closest("[data-drag]")?.closest("li");
    if (!item || item.parentElement !== list) return;
    if (event.key === " " || event.key === "Enter") {
      event.stopPropagation();
      if (event.repeat) event.preventDefault();
      return;
    }
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!(by && (lifted || event.altKey)) && !(event.key === "Escape" && lifted)) return;
    event.preventDefault();
    event.stopPropagation();
    const from = at(item);
    const to = by ? from + by : lifted.from;
    if (to < 0 || to >= itemsOf(list).length) return;
    shift(item, to);
    if (!by) return drop(gettext("%(name)s is put back, %(place)s of %(count)s."));
    say(gettext("%(name)s: %(place)s of %(count)s."), item, to);
    if (!lifted) moved(from, to);
  });

  on("focusout", () => lifted && !moving && drop(DROPPED()));
}

/** What says where an item is to who cannot see it: in the dialog that the list is in, as all else is silent then. */
function announcer(list) {
  return (words, item, at) => {
    const room = list.closest("dialog") || document.body;
    if (!room.querySelector(":scope > .drag-said")) room.insertAdjacentHTML("beforeend", '<div class="drag-said" aria-live="polite"></div>');
    room.querySelector(":scope > .drag-said").textContent = interpolate(words, { name: item.dataset.title || "", place: at + 1, count: list.dataset.count || itemsOf(list).length }, true);
  };
}
