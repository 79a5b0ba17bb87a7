// What was heard, until the server has it: put down first, sent in batches, deleted when acknowledged, sent again otherwise.
// Each stands under a key of its own, so that two tabs never write over each other; its id makes it count once.
import { Refused, api, ask } from "../net.js";

const MOST = 100;
const OLDEST_MS = 90 * 86_400_000;

export class Outbox {
  #sending = null;

  constructor(me) {
    this.prefix = `segue.${me}.heard.`;
    addEventListener("online", () => this.send());
  }

  /** Keep a listen; `station` is the one that steers by it, which is told apart (see tail.js). */
  put(listen, station = "", outcome = "") {
    try {
      localStorage.setItem(this.prefix + listen.id, JSON.stringify({ listen: station ? { ...listen, outcome } : listen, station }));
    } catch {
      // No room, or none given: then it is sent now or never.
      this.#post([listen]).catch(() => {});
    }
  }

  /** All that wait for a station ("" for none), the oldest first. */
  waiting(station = "") {
    return this.#all().filter((one) => one.station === station).map((one) => one.listen).slice(0, MOST);
  }

  /** The stations that have not been told everything. */
  stations() {
    return [...new Set(this.#all().map((one) => one.station).filter(Boolean))];
  }

  drop(listens) {
    for (const one of listens) localStorage.removeItem(this.prefix + one.id);
  }

  /** Send what waits; one sending at a time. */
  send() {
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = null));
    return this.#sending;
  }

  async #sendAll() {
    for (let batch = this.waiting(); batch.length && navigator.onLine; batch = this.waiting()) {
      try {
        await this.#post(batch);
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 422) return;
        // One that the server will never take must not stop the others: alone, it goes.
        if (batch.length > 1) {
          for (const one of batch) if (!(await this.#single(one))) return;
        }
      }
      this.drop(batch);
    }
  }

  /** Send one; whether it is done with, taken or refused for good. */
  async #single(one) {
    try {
      await this.#post([one]);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 422) return false;
    }
    this.drop([one]);
    return true;
  }

  #post(listens) {
    return ask("POST", api("listens"), listens, { keepalive: true });
  }

  #all() {
    const found = [];
    for (let at = 0; at < localStorage.length; at += 1) {
      const key = localStorage.key(at);
      if (key.startsWith(this.prefix)) found.push(JSON.parse(localStorage.getItem(key)));
    }
    const since = Date.now() - OLDEST_MS;
    return found.filter((one) => one.listen.time_ms > since).sort((one, other) => one.listen.time_ms - other.listen.time_ms);
  }
}
