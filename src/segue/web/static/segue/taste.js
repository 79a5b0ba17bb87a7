// Your taste: artists on the map lead where their names in the table behind it lead. Imports: how much of a file is sent.

const links = (part, event) => {
  const link = event.target.closest("a[data-same]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const same = [...part.querySelectorAll(".behind a")].find((one) => one.getAttribute("href") === link.getAttribute("href"));
  if (!same) return;
  event.preventDefault();
  same.click();
};

/** What this part of a page needs. */
export function taste(part) {
  for (const map of part.querySelectorAll("figure:has(.map)")) map.addEventListener("click", (event) => links(map, event));
  for (const form of part.querySelectorAll("form[data-upload]")) {
    const sent = form.querySelector("progress");
    form.addEventListener("htmx:beforeRequest", () => (sent.hidden = false));
    form.addEventListener("htmx:xhr:progress", ({ detail }) => {
      if (detail.lengthComputable) sent.value = (100 * detail.loaded) / detail.total;
    });
    form.addEventListener("htmx:sendError", () => (sent.hidden = true));
  }
}
