// Pages come and go within the frame: which link is the current one, where the focus goes, and that something is on its way.

function mark() {
  const here = location.pathname;
  for (const link of document.querySelectorAll(".rail a[href]")) {
    const at = new URL(link.href).pathname;
    const under = (link.dataset.under || "").split(" ").filter(Boolean);
    if (at === here || (at !== "/" && here.startsWith(at)) || under.some((one) => here.startsWith(one))) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/**
 * Links, and forms that say no more, lead to pages. A part that takes its answers itself (`hx-target="this"`) hands that down to the
 * links in it, so where a page goes is said here, before the part may be gone.
 */
function leadsToPage({ detail }) {
  if (!detail.boosted) return;
  const said = (what) => document.body.getAttribute(`hx-${what}`);
  detail.target = document.querySelector(said("target"));
  detail.select = said("select");
  detail.etc.swapOverride = said("swap");
}

export function start() {
  const progress = document.querySelector(".progress");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const set = () => {
    htmx.config.globalViewTransitions = !calm.matches;
  };
  set();
  calm.addEventListener("change", set);
  document.body.addEventListener("htmx:beforeRequest", leadsToPage);
  document.body.addEventListener("htmx:beforeRequest", (event) => event.detail.boosted && progress.classList.add("on"));
  document.body.addEventListener("htmx:afterRequest", () => progress.classList.remove("on"));
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "page" && event.detail.elt?.id !== "page") return;
    mark();
    if (event.detail.boosted) document.getElementById("content")?.focus({ preventScroll: true });
  });
  document.body.addEventListener("htmx:historyRestore", mark);
  mark();
}
