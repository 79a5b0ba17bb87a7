// What single pages need: each module is told of every part of a page that comes.
import { charts } from "./charts.js";
import { keepsFocus } from "./home.js";
import { playlists } from "./playlists.js";
import { search } from "./search.js";
import { taste } from "./taste.js";

const modules = [charts, keepsFocus, playlists, search, taste];

export function start() {
  htmx.onLoad((part) => modules.forEach((each) => each(part)));
}
