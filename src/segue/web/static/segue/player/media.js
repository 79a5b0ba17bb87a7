// What the system shows and does: lock screens, headphones, media keys.

const SIZES = [96, 256, 512];
const STEP_MS = 10_000;

const artwork = (cover) =>
  /^\/cover\/[^?]+\.svg$/.test(cover || "")
    ? SIZES.map((size) => ({ src: `${cover.replace(/\.svg$/, ".png")}?size=${size}`, sizes: `${size}x${size}`, type: "image/png" }))
    : [];

export function start(player) {
  const session = navigator.mediaSession;
  if (!session) return;
  const does = {
    play: () => player.play(),
    pause: () => player.pause(),
    nexttrack: () => player.next(),
    previoustrack: () => player.previous(),
    seekto: (how) => player.seek(how.seekTime * 1000),
    seekforward: (how) => player.seek(player.position + (how.seekOffset * 1000 || STEP_MS)),
    seekbackward: (how) => player.seek(player.position - (how.seekOffset * 1000 || STEP_MS)),
  };
  for (const [name, act] of Object.entries(does)) {
    try {
      session.setActionHandler(name, act);
    } catch {
      // A browser that does not know it does not offer it.
    }
  }
  let told = 0;
  player.on((what) => {
    const { now, from } = player.queue;
    if (!now) return;
    if (what === "track") session.metadata = new MediaMetadata({ title: now.title, artist: now.by || "", album: from.title || "", artwork: artwork(now.cover) });
    session.playbackState = ["playing", "waiting"].includes(player.status) ? "playing" : "paused";
    if (what === "time" && Date.now() - told < 900) return;
    told = Date.now();
    const duration = player.lengthMs / 1000;
    if (duration > 0) session.setPositionState({ duration, playbackRate: 1, position: Math.min(duration, Math.max(0, player.position / 1000)) });
  });
}
