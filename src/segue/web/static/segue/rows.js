// Tracks as they stand on pages.

/** What a row says of its track. */
export function trackOf(row) {
  const said = row.dataset;
  return {
    id: said.track,
    title: said.title,
    by: said.by,
    cover: said.cover,
    ms: Number(said.ms) || null,
    exposure: said.exposure || null,
    why: said.why || "",
    said: row.querySelector('[data-say="like"]')?.getAttribute("aria-pressed") === "true" ? "like" : "",
  };
}

/** The tracks of the list that a row is in, its place among them, and what the list is. */
export function listOf(row) {
  const list = row.closest("[data-list]");
  const rows = list ? [...list.querySelectorAll(".track")] : [row];
  return {
    tracks: rows.map(trackOf),
    at: rows.indexOf(row),
    from: { title: list?.dataset.title || "", page: list?.dataset.page || "", surface: list?.dataset.surface || "", station: list?.dataset.station || "" },
  };
}
