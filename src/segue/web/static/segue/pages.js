// What single pages need: each module is told of every part of a page that comes.
const modules = [];

export function start() {
  htmx.onLoad((part) => modules.forEach((each) => each(part)));
}
