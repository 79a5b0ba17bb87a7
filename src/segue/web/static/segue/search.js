// Search: the arrow keys lead through what was found, and what is opened tells the server what it was looked for by.
import { ask } from "./net.js";

const RESULTS = "#found .card .name, #found .track .title, #found .tiles .name, #found .chips a, #found .recent a";

/** Go up or down; before the first result is the field. */
function go(event, field) {
  const all = [field, ...document.querySelectorAll(RESULTS)];
  const at = all.indexOf(document.activeElement);
  if (at < 0) return;
  const to = all[at + (event.key === "ArrowDown" ? 1 : -1)];
  event.preventDefault();
  event.stopPropagation();
  to?.focus();
  to?.scrollIntoView({ block: "nearest" });
}

/** What was opened or played among the results: the address of its page. */
function opened(target) {
  const found = target.closest("a[href], [data-play], [data-play-from]");
  if (!found?.closest("#found")) return null;
  const link = found.matches("a") ? found : found.closest(".track, .tile").querySelector(".title, .name");
  return new URL(link.href).pathname;
}

document.body.addEventListener("keydown", (event) => {
  const field = document.getElementById("search-words");
  if (!field || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") go(event, field);
  else if (event.key === "Escape" && event.target.closest("#found")) field.focus();
});

document.body.addEventListener("click", (event) => {
  const at = opened(event.target);
  const { searched, told } = document.getElementById("found")?.dataset ?? {};
  if (at && searched) ask("POST", told, { words: searched, at }).catch(() => {});
});

/** Whoever comes to search by a keyboard or a mouse can type at once; on a phone the keys would cover what there is to see. */
export function search(part) {
  const field = part.querySelector?.("#search-words");
  if (field && !field.value && matchMedia("(hover: hover) and (pointer: fine)").matches) setTimeout(() => field.focus({ preventScroll: true }));
}
