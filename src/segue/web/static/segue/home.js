// Lists that are asked for again while somebody is in them: the focus stays where it was.
let was = null;

const placeOf = (list, one) => {
  const rows = [...list.querySelectorAll(".track")];
  const row = one.closest(".track");
  const about = row?.querySelectorAll("a, button");
  return row && { at: rows.indexOf(row), track: row.dataset.track, control: [...about].indexOf(one) };
};

/** Put the focus back: to the same track, or to what stands in its place now. */
function back(list) {
  if (!was || document.activeElement !== document.body) return;
  const rows = [...list.querySelectorAll(".track")];
  const row = rows.find((one) => one.dataset.track === was.track) || rows[Math.min(was.at, rows.length - 1)];
  row?.querySelectorAll("a, button")[was.control]?.focus({ preventScroll: true });
  was = null;
}

export function keepsFocus(part) {
  if (part.matches?.("[data-keeps-focus]")) back(part);
}

document.body.addEventListener("htmx:beforeSwap", (event) => {
  const list = event.detail.target.closest?.("[data-keeps-focus]");
  was = list?.contains(document.activeElement) ? placeOf(list, document.activeElement) : null;
});
