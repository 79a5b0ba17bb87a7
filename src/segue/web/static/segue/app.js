// Begins everything: what is here stays while pages come and go.
import { start as drawer } from "./drawer.js";
import { start as keys } from "./keys.js";
import { start as nav } from "./nav.js";
import { start as pages } from "./pages.js";
import { start as player } from "./player/player.js";
import { start as say } from "./say.js";
import { start as share } from "./share.js";

for (const begin of [nav, drawer, say, share, keys, player, pages]) begin();
