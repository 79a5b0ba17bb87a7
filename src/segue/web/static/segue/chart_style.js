// The colours of charts, light and dark: names in the data stand for these.
const LIGHT = {
  ink: "#1b1815", soft: "#6a625a", line: "#cfc6b9", grid: "#e9e2d7", paper: "#faf7f2", ground: "#efe8dd", accent: "#c8341a", cool: "#2f6f9f", band: "rgba(200,52,26,0.16)",
};
const DARK = {
  ink: "#f4efe8", soft: "#b3a99d", line: "#4a433b", grid: "#2a2520", paper: "#12100e", ground: "#2a2520", accent: "#ff6a4d", cool: "#6fb4e6", band: "rgba(255,106,77,0.2)",
};
const LIGHT_GROUPS = ["#c8341a", "#1f7a6d", "#a86f00", "#3f5bb5", "#5b7a1f", "#8a3f8f", "#2b7fb0", "#7a5636", "#c2417c", "#56636e", "#8c7a12", "#0f8a99"];
const DARK_GROUPS = ["#ff6a4d", "#5cc7b5", "#e0a93b", "#8fa6f5", "#a9c95f", "#d08fd6", "#6fbce8", "#c79b74", "#f488b6", "#a7b4c0", "#cdbb4a", "#4fd0df"];

export function chartStyle(dark) {
  const groups = dark ? DARK_GROUPS : LIGHT_GROUPS;
  return { ...(dark ? DARK : LIGHT), ...Object.fromEntries(groups.map((colour, number) => [`group${number}`, colour])) };
}
