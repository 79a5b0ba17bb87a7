// Keys that work everywhere: / searches; the player has its own.

/** Whether somebody is writing, so that a letter is a letter. */
export const writing = (event) =>
  event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select, [contenteditable]") !== null;

export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || writing(event)) return;
    event.preventDefault();
    const field = document.querySelector("#search-words");
    if (field) field.focus();
    else document.querySelector('.rail a[href="/search/"]').click();
  });
}
