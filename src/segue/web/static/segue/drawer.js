// The drawer: why something is recommended, and what can be done with it. One dialog, filled by the server.
import { api, ask } from "./net.js";
import { sayAloud } from "./say.js";
import { toast } from "./toast.js";

const drawer = () => document.getElementById("drawer");

/** Fill the drawer with a page's part and open it. */
export async function open(address) {
  const answer = await fetch(address, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return toast(answer ? gettext("That did not work. Try again.") : gettext("You are offline."));
  const dialog = drawer();
  dialog.innerHTML = await answer.text();
  htmx.process(dialog);
  if (!dialog.open) dialog.showModal();
}

export const close = () => drawer().open && drawer().close();

const DO = {
  "never-track": (of) => sayAloud("never", { track: of.track }, of.title),
  "never-artist": (of) => sayAloud("never", { artist: of.artist }, of.name),
  dislike: (of) => sayAloud("dislike", { track: of.track, exposure: of.exposure }, of.title),
  "not-mine": async (of) => {
    await ask("PUT", api("taste/not-my-taste", of.track));
    document.body.dispatchEvent(new CustomEvent("said", { detail: {} }));
    toast(interpolate(gettext("%s no longer counts as your taste."), [of.title]), () => ask("DELETE", api("taste/not-my-taste", of.track)));
  },
};

export function start() {
  document.body.addEventListener("click", async (event) => {
    const opener = event.target.closest("[data-why-open], [data-menu]");
    if (opener) {
      const of = opener.closest("[data-track]").dataset;
      const asked = new URLSearchParams({ track: of.track, ...(of.exposure ? { exposure: of.exposure } : {}) });
      if ("whyOpen" in opener.dataset) asked.set("reasons", of.reasons || "[]");
      return open(`${"whyOpen" in opener.dataset ? "/why/" : "/menu/"}?${asked}`);
    }
    const other = event.target.closest("[data-drawer]");
    if (other) return open(other.dataset.drawer);
    const does = event.target.closest("[data-do]");
    if (does && DO[does.dataset.do]) {
      close();
      await DO[does.dataset.do](does.dataset).catch?.((error) => toast(error.message));
    }
    // A click beside the drawer, or on its cross, closes it.
    if (event.target === drawer() || event.target.closest("[data-close]")) close();
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => event.detail.boosted && close());
}
