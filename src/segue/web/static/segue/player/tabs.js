// Several tabs: only one plays. The one that begins says so, and the others stop.

export function start(player, me) {
  if (!("BroadcastChannel" in window)) return;
  const channel = new BroadcastChannel(`segue-player-${me}`);
  let sounds = false;
  player.on((what) => {
    if (what !== "status") return;
    const now = player.status === "playing" || player.status === "waiting";
    if (now && !sounds) {
      player.taken = false;
      channel.postMessage("plays");
    }
    sounds = now;
  });
  channel.addEventListener("message", () => {
    if (player.status !== "playing" && player.status !== "waiting") return;
    player.taken = true;
    player.pause();
    player.tell("status");
  });
}
