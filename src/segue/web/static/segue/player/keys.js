// Keys: space plays and pauses, arrows seek, with shift they go to the next and the one before, m mutes, l likes, q shows the queue.
import { writing } from "../keys.js";
import { sayAloud } from "../say.js";

const STEP_MS = 5000;
const BUSY = "button, a, summary, [role=slider], [data-drag], dialog .lyrics";

export function start(player, { list }) {
  const rtl = () => document.documentElement.dir === "rtl";
  const turn = (event, forward) => {
    const on = forward !== rtl();
    if (event.shiftKey) return on ? player.next() : player.previous();
    return player.seek(player.position + (on ? STEP_MS : -STEP_MS));
  };
  const does = {
    " ": () => player.toggle(),
    ArrowRight: (event) => turn(event, true),
    ArrowLeft: (event) => turn(event, false),
    m: () => player.setVolume(player.deck.volume, !player.deck.muted),
    l: () => {
      const { now } = player.queue;
      sayAloud(now.said === "like" ? "" : "like", { track: now.id, exposure: now.exposure || undefined }, now.title);
    },
    q: () => list.toggle(),
  };
  document.addEventListener("keydown", (event) => {
    const act = does[event.key];
    if (!act || !player.queue.now || event.defaultPrevented || writing(event) || event.repeat) return;
    // What has the focus has its own keys; letters are nobody's.
    if (event.key.length > 1 || event.key === " ") {
      if (event.target.closest?.(event.key === " " ? BUSY : "[role=slider], [role=tablist], [data-drag], .lyrics")) return;
    }
    event.preventDefault();
    act(event);
  });
}
