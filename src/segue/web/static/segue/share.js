// Public links: copied, or handed on to other apps where the browser can do that.
import { toast } from "./toast.js";

const copied = () => toast(gettext("Copied."));

/** Copy a text; where the browser does not let us, mark it so that it can be copied by hand. */
async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    copied();
  } catch {
    const field = button.closest("#drawer, section, li")?.querySelector("input[readonly]");
    field?.select();
    toast(field ? gettext("The link is marked: copy it.") : text);
  }
}

/** Hand something on. Whoever changes their mind has done nothing wrong. */
async function hand(what) {
  try {
    await navigator.share(what);
  } catch (error) {
    if (error.name !== "AbortError") toast(gettext("That did not work. Copy the link instead."));
  }
}

async function handPicture(address, title) {
  const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return toast(gettext("The picture did not come. Try again."));
  await hand({ title, files: [new File([await answer.blob()], "segue.png", { type: "image/png" })] });
}

/** Buttons that this browser can do something with are shown (friends.css). */
function show() {
  const root = document.documentElement.classList;
  root.toggle("can-share", "share" in navigator);
  const probe = typeof File === "function" ? [new File([""], "segue.png", { type: "image/png" })] : [];
  root.toggle("can-share-pictures", Boolean(probe.length && navigator.canShare?.({ files: probe })));
}

export function start() {
  show();
  document.body.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy-link], [data-share], [data-share-picture]");
    if (!button) return;
    const { copyLink: text, share, sharePicture, title } = button.dataset;
    if (text) copy(text, button);
    else if (share) hand({ url: share, title });
    else if (sharePicture) handPicture(sharePicture, title);
  });
}
