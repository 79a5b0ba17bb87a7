// A line that says what was done, for a few seconds, with a way back where there is one.

const SHOWN_MS = 6000;

export function toast(text, undo) {
  const room = document.querySelector(".toasts");
  const one = document.createElement("div");
  one.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  one.append(words);
  if (undo) {
    const button = document.createElement("button");
    button.textContent = gettext("Undo");
    button.addEventListener("click", () => {
      one.remove();
      undo();
    });
    one.append(button);
  }
  room.replaceChildren(one);
  setTimeout(() => one.remove(), SHOWN_MS);
}
