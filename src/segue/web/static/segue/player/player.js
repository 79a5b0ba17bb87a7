// The player: begins with the page and stays while pages come and go.
import { Bar } from "./bar.js";
import { Player } from "./core.js";
import { Full } from "./full.js";
import { start as keys } from "./keys.js";
import { List } from "./list.js";
import { start as media } from "./media.js";
import { start as offline } from "./offline.js";
import * as q from "./queue.js";
import { start as starts } from "./starts.js";
import { start as tabs } from "./tabs.js";

export function start() {
  const root = document.getElementById("player");
  if (!root) return;
  const player = new Player(root.dataset.me);
  const bar = new Bar(player);
  const parts = { bar, full: new Full(player), list: new List(player) };
  buttons(player, parts);
  sliders(player, parts);
  starts(player);
  keys(player, parts);
  media(player);
  tabs(player, root.dataset.me);
  offline();
  document.body.addEventListener("said", (event) => player.said(event.detail));
  player.keeping.goOn();
  player.outbox.send();
  player.tail.settle();
}

function buttons(player, { full, list }) {
  const does = {
    toggle: () => player.toggle(),
    next: () => player.next(),
    previous: () => player.previous(),
    shuffle: () => player.change((queue) => q.shuffled(queue, !queue.shuffled)),
    repeat: () => player.change(q.repeated),
    mute: () => player.setVolume(player.deck.volume || 1, !(player.deck.muted || player.deck.volume === 0)),
    queue: () => list.toggle(),
    lyrics: () => full.showLyrics(),
    full: () => full.toggle(),
  };
  document.body.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (act) does[act]?.();
    // On a phone the whole of the small player opens the large one.
    else if (event.target.closest("#player .what") && !event.target.closest("button, a") && matchMedia("(max-width: 1023px)").matches) full.open();
  });
}

function sliders(player, { bar }) {
  const at = (slider) => (Number(slider.value) / 1000) * player.lengthMs;
  document.body.addEventListener("input", (event) => {
    const slider = event.target;
    if (slider.matches("[data-volume]")) player.setVolume(Number(slider.value) / 100);
    if (!slider.matches("[data-seek]")) return;
    bar.held = true;
    bar.at(at(slider), player.lengthMs);
  });
  document.body.addEventListener("change", (event) => {
    if (!event.target.matches("[data-seek]")) return;
    bar.held = false;
    player.seek(at(event.target));
  });
}
