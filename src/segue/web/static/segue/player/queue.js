// What plays, what comes and what was: values only. Every function takes a queue and gives another one; nothing here knows a page.
//
// A queue is {past, now, next, then, list, from, shuffled, repeat}. `next` is what the list holds and what the person put there
// (`kind` "list" or "own"), `then` is what is recommended to come after (`kind` "then"). Each item has a `uid` of its own.

const PAST = 200;
let last = 0;

export const empty = () => ({ past: [], now: null, next: [], then: [], list: [], from: {}, shuffled: false, repeat: "off" });

const item = (track, kind, place = 0) => ({ ...track, uid: `${Date.now().toString(36)}-${(last += 1)}`, kind, place });
const byPlace = (one, other) => one.place - other.place;

/** The items in another order. `random` gives numbers from 0 to 1. */
export function mixed(items, random = Math.random) {
  const all = [...items];
  for (let at = all.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [all[at], all[other]] = [all[other], all[at]];
  }
  return all;
}

/** Begin a list at one of its tracks. What the person had put into the queue stays, and comes before the rest of the list. */
export function begun(queue, tracks, at, from = {}, { shuffle = queue.shuffled, random = Math.random } = {}) {
  const list = tracks.map((track, place) => item(track, from.station ? "then" : "list", place));
  const own = queue.next.filter((one) => one.kind === "own");
  const rest = shuffle ? mixed(list.filter((_, place) => place !== at), random) : list.slice(at + 1);
  return {
    ...queue, from, list, past: shuffle ? [] : list.slice(0, at), now: list[at] ?? null, shuffled: shuffle,
    next: from.station ? own : [...own, ...rest], then: from.station ? rest : [],
  };
}

/** The next one. At the end of a track it may be the same again; null where nothing is left. */
export function forward(queue, { ended = false, random = Math.random } = {}) {
  if (!queue.now && !queue.next.length && !queue.then.length) return queue;
  if (ended && queue.repeat === "one" && queue.now) return { ...queue };
  const past = queue.now ? [...queue.past, queue.now].slice(-PAST) : queue.past;
  if (queue.next.length) return { ...queue, past, now: queue.next[0], next: queue.next.slice(1) };
  if (queue.repeat === "all" && queue.list.length) {
    const again = queue.list.map((one) => item(one, "list", one.place));
    const [now, ...next] = queue.shuffled ? mixed(again, random) : again;
    return { ...queue, past, now, next };
  }
  if (queue.then.length) return { ...queue, past, now: queue.then[0], then: queue.then.slice(1) };
  return { ...queue, past, now: null };
}

/** The one before; what played comes after it again. */
export function back(queue) {
  if (!queue.past.length) return queue;
  const now = queue.past.at(-1);
  const after = queue.now ? [queue.now] : [];
  const recommended = queue.now?.kind === "then";
  return {
    ...queue, past: queue.past.slice(0, -1), now,
    next: recommended ? queue.next : [...after, ...queue.next], then: recommended ? [...after, ...queue.then] : queue.then,
  };
}

/** Go to one that is still to come. What is passed over counts as past, but what the person put there waits. */
export function jumped(queue, uid) {
  const past = queue.now ? [...queue.past, queue.now] : queue.past;
  for (const part of ["next", "then"]) {
    const at = queue[part].findIndex((one) => one.uid === uid);
    if (at < 0) continue;
    const passed = queue[part].slice(0, at);
    const rest = [...passed.filter((one) => one.kind === "own"), ...queue[part].slice(at + 1)];
    return { ...queue, past: [...past, ...passed.filter((one) => one.kind === "list")].slice(-PAST), now: queue[part][at], [part]: rest };
  }
  return queue;
}

/** Put tracks right after this one ("next") or after all that the list holds ("last"). */
export function added(queue, tracks, where) {
  const own = tracks.map((track) => item(track, "own"));
  return { ...queue, next: where === "next" ? [...own, ...queue.next] : [...queue.next, ...own] };
}

export function moved(queue, from, to) {
  const next = [...queue.next];
  if (from < 0 || from >= next.length) return queue;
  next.splice(to, 0, ...next.splice(from, 1));
  return { ...queue, next };
}

export const removed = (queue, uid) => ({
  ...queue, next: queue.next.filter((one) => one.uid !== uid), then: queue.then.filter((one) => one.uid !== uid),
});

export const cleared = (queue) => ({ ...queue, next: [] });

/** Shuffle what the list holds, or put it back in its order. What the person put there stays where it is: first. */
export function shuffled(queue, on, random = Math.random) {
  const own = queue.next.filter((one) => one.kind === "own");
  const rest = queue.next.filter((one) => one.kind !== "own");
  return { ...queue, shuffled: on, next: [...own, ...(on ? mixed(rest, random) : rest.toSorted(byPlace))] };
}

const TURNS = { off: "all", all: "one", one: "off" };
export const repeated = (queue) => ({ ...queue, repeat: TURNS[queue.repeat] });

/** What is recommended to come: instead of what was (`anew`) or after it. What is in the queue, or was just played, is left out. */
export function recommended(queue, tracks, { anew = false } = {}) {
  const then = anew ? [] : queue.then;
  const there = new Set([...queue.past.slice(-20), queue.now, ...queue.next, ...then].filter(Boolean).map((one) => one.id));
  return { ...queue, then: [...then, ...tracks.filter((one) => !there.has(one.id)).map((one) => item(one, "then"))] };
}

const isBy = (one, artist) => (one.artists || []).some((each) => each.id === artist);

/** What was said changes what comes: "never" takes it out wherever it is, a dislike where the person did not put it there. */
export function said(queue, { track, artist, kind }) {
  if (!["never", "dislike"].includes(kind)) return queue;
  const hit = (one) => (track ? one.id === track : isBy(one, artist));
  const stays = (one) => !hit(one) || (kind === "dislike" && one.kind === "own");
  return { ...queue, next: queue.next.filter(stays), then: queue.then.filter(stays), list: queue.list.filter(stays), past: queue.past.filter(stays) };
}

/** Whether what was said is about the one that plays, and against it. */
export const isAgainst = (queue, { track, artist, kind }) =>
  Boolean(queue.now) && ["never", "dislike"].includes(kind) && (track ? queue.now.id === track : isBy(queue.now, artist));

/** The one that would play next, without going there. */
export const upcoming = (queue) => {
  const to = forward(queue, { ended: true });
  return to.now && to.now.uid !== queue.now?.uid ? to.now : null;
};
