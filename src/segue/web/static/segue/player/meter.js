// How long a track was heard, and what that makes of it: heard, or skipped.

const SHORT_MS = 30_000;

export class Meter {
  /** `kept` goes on with one that was left by a reload. */
  constructor(track, source, kept = null) {
    this.listen = kept ?? {
      id: crypto.randomUUID(), track: track.id, time_ms: 0, ms_played: 0, skipped: false, source,
      ...(track.exposure ? { exposure: track.exposure } : {}),
    };
    this.done = false;
    /** What was said of it while it played. */
    this.said = "";
  }

  begin() {
    this.listen.time_ms ||= Date.now();
  }

  heard(ms) {
    this.listen.ms_played += ms;
  }

  /** The listen, once; null where nothing was heard. Left before half, or within half a minute, it is skipped. */
  end(lengthMs, ended) {
    if (this.done || !this.listen.time_ms) return null;
    this.done = true;
    const enough = Math.min(0.9 * (lengthMs || SHORT_MS), Math.max(SHORT_MS, (lengthMs || 0) / 2));
    this.listen.skipped = !ended && this.listen.ms_played < enough;
    return this.listen;
  }
}
