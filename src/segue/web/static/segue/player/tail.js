// What comes after the list: asked of the server, and asked anew as soon as something was said or skipped.
import { ask } from "../net.js";

const ENOUGH = 5;
const AT_ONCE = 10;
const LONGEST = { seeds: 20, heard: 20, queue: 100 };

const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

/** A track as the server gives it, as the queue holds it. */
const asItem = (one, exposure) => ({
  id: one.id, title: one.title, by: one.by, artists: one.artists || [], cover: one.cover, ms: one.ms, why: capital(one.why || ""),
  reasons: typeof one.reasons === "string" ? one.reasons : JSON.stringify(one.reasons ?? []), said: one.said || "",
  exposure: exposure || null,
});

export class Tail {
  #turn = 0;
  #later = 0;
  asking = false;

  constructor(player) {
    this.player = player;
    addEventListener("online", () => this.fill());
  }

  /** Ask for more where little is left. */
  fill() {
    const { queue } = this.player;
    if (queue.now && queue.repeat === "off" && queue.then.length < ENOUGH && !this.asking) return this.#ask(false);
  }

  /** Ask anew: what was recommended before no longer holds. Several reasons at once are one question. */
  refresh() {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.player.queue.now && this.#ask(true), 100);
  }

  /** Tell stations that nothing is asked of now what they have not been told. */
  async settle() {
    const { outbox, queue } = this.player;
    for (const station of outbox.stations().filter((one) => one !== queue.from.station)) await ofStation(outbox, station, 1).catch(() => {});
  }

  async #ask(anew) {
    const turn = (this.#turn += 1);
    const { queue, outbox } = this.player;
    const { station } = queue.from;
    this.asking = true;
    try {
      const tracks = station ? await ofStation(outbox, station, AT_ONCE, this.#now()) : await next({ ...this.#around(queue), n: AT_ONCE });
      if (turn === this.#turn) this.player.recommended(tracks, anew || Boolean(station));
    } catch {
      // Without a network, or before recommendations are ready: what is there stays, and it is asked again when something changes.
    } finally {
      if (turn === this.#turn) {
        this.asking = false;
        this.player.answered();
      }
    }
  }

  /** What was said of the track that plays: it counts before the track has ended. */
  #now() {
    const { meter } = this.player;
    return meter?.said && meter.listen.time_ms ? [told(meter.listen, meter.said)] : [];
  }

  /** What the queue is about: its list and what plays, what became of the last ones, and what need not come again. */
  #around(queue) {
    const ids = (some) => [...new Set(some.filter(Boolean).map((one) => one.id))];
    const seeds = ids([queue.now, ...queue.list]).slice(0, LONGEST.seeds);
    const there = ids([queue.now, ...queue.next, ...queue.past.toReversed()]).slice(0, LONGEST.queue);
    return { seeds, heard: [...this.player.heard, ...this.#now()].slice(-LONGEST.heard), queue: there };
  }
}

async function next(body) {
  const answer = await ask("POST", "/next/", body);
  return answer.tracks.map((one) => asItem(one, answer.exposure));
}

/** What a station plays next; it is told what became of the last ones with the question. */
export async function ofStation(outbox, station, n = AT_ONCE, more = []) {
  const heard = outbox.waiting(station);
  try {
    const tracks = await next({ station, heard: [...heard.map((one) => told(one, "", one.outcome)), ...more], n });
    outbox.drop(heard);
    return tracks;
  } catch (error) {
    // A station that is gone will never take it.
    if (error.status === 404 || error.status === 422) outbox.drop(heard);
    throw error;
  }
}

const SAID = { like: "liked", dislike: "disliked", never: "disliked" };

/** A listen as `/next/` takes it. */
export const told = (listen, said = "", outcome = "") => ({
  track: listen.track, time_ms: listen.time_ms, outcome: outcome || SAID[said] || (listen.skipped ? "skipped" : "played"), exposure: listen.exposure ?? null,
});
