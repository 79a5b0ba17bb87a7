// The player.
export function start() {}
