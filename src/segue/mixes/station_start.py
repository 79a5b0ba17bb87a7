"""How a Station begins: from a track, an artist, a genre, a tag, a playlist or words to seeds, and a mood to lean to."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from weakref import WeakKeyDictionary

import numpy as np

from segue.engine.engine import Engine
from segue.errors import NotFound
from segue.library.tables import AUDIO_FEATURES
from segue.library.titles import normalise
from segue.mixes.station_state import Seed, StationState, leaning
from segue.mixes.vocabulary import VOCABULARY
from segue.mixes.words import MOST_NAMES, Words, match, names_of, understand_words
from segue.ranking.filters import audio_spread, target_penalty

ARTIST_SEEDS = 12
"""So many of an artist's most played tracks stand for the artist."""
FITTING_SEEDS = 24
"""Of the tracks that fit a genre, a tag or words best, so many are drawn."""
_DRAWN_FROM = 5
_POPULAR = 0.3
_SHOWN = 8


def start(seed: Seed, engine: Engine, *, mood: str = "", chance: int = 0) -> StationState:
    """A new station.

    Args:
        seed: what it grows from.
        engine: the snapshot it begins with.
        mood: words for how it should sound ("calm", "happy dance"), beside what the seed says.
        chance: two stations of one seed and different numbers differ.

    Raises `NotFound`, with what to say instead, where the snapshot does not have what the seed names.
    """
    words = _words(seed, engine)
    targets = dict(words.targets)
    tags = words.tags
    if mood:
        [wanted] = understand_words([mood], engine)
        targets |= wanted.targets
        tags = tuple(dict.fromkeys((*tags, *wanted.genres, *wanted.tags)))
    wish = Words(words.text, targets, words.genres, tags)
    _needs_sounds(wish, words.text if words.targets else mood, engine)
    name, item_ids = _SEEDS.get(seed.kind, _fitting)(seed, engine, wish, chance)
    return leaning(StationState(seed.kind, seed.name or name, item_ids, words.genres, tags, chance=chance), targets)


def _needs_sounds(wish: Words, said: str, engine: Engine) -> None:
    """Raises `NotFound` where how music should sound is all that is said, and not known of any."""
    columns = [AUDIO_FEATURES.index(name) for name in wish.targets]
    if columns and not (wish.genres or wish.tags) and not np.isfinite(engine.catalogue.facts.audio[:, columns]).any():
        raise NotFound(f"{said!r} is how music sounds, which is not known here: scan the files, or start from a track")


def _words(seed: Seed, engine: Engine) -> Words:
    """What a genre, a tag or words say of the music; nothing for seeds of other kinds."""
    said = str(seed.said)
    if seed.kind == "words":
        [words] = understand_words([said], engine)
        return words
    if seed.kind not in ("genre", "tag"):
        return Words(said)
    names = names_of(engine)
    if seed.kind == "genre":
        genre = names.genre(said)
        if genre is None:
            raise NotFound(f"no genre {said!r} here: {_instead(said, engine.catalogue.facts.genre_names, 'genres')}")
        return Words(said, genres=(genre,))
    tag = names.tag(said)
    if tag is None:
        raise NotFound(f"nothing here is tagged {said!r}: {_instead(said, names.commonest(MOST_NAMES), 'tags')}")
    return Words(said, tags=(tag,))


def _instead(said: str, names: Sequence[str], what: str) -> str:
    """What to say instead: the closest names, or else the first."""
    if not names:
        return f"there are no {what}"
    close = get_close_matches(said.casefold(), names, n=3)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"there are {', '.join(names[:_SHOWN])}{', …' if len(names) > _SHOWN else ''}"


def _track(seed: Seed, engine: Engine, wish: Words, chance: int) -> tuple[str, tuple[str, ...]]:  # noqa: ARG001
    place = engine.places([str(seed.said)])
    if place[0] < 0:
        raise NotFound(f"no item {seed.said!r} in snapshot {engine.manifest.name}")
    [(item_id, title, _)] = engine.described(place)
    return title, (item_id,)


def _artist(seed: Seed, engine: Engine, wish: Words, chance: int) -> tuple[str, tuple[str, ...]]:  # noqa: ARG001
    facts = engine.catalogue.facts
    codes = engine.asking.codes.artists([str(seed.said)])
    if not len(codes):
        raise NotFound(f"no artist {seed.said!r} in snapshot {engine.manifest.name}")
    own = facts.items_of_artist
    items = own.indices[own.indptr[codes[0]] : own.indptr[codes[0] + 1]][:ARTIST_SEEDS]
    return facts.artist_names[codes[0]], tuple(engine.ids.names(items))


def _playlist(seed: Seed, engine: Engine, wish: Words, chance: int) -> tuple[str, tuple[str, ...]]:  # noqa: ARG001
    said = tuple(dict.fromkeys(seed.said))
    known = tuple(one for one, place in zip(said, engine.places(said), strict=True) if place >= 0)
    if not known:
        raise NotFound(f"none of the {len(said)} tracks of the playlist is in snapshot {engine.manifest.name}")
    return "playlist", known


_SEEDS = {"track": _track, "artist": _artist, "playlist": _playlist}


def _fitting(seed: Seed, engine: Engine, wish: Words, chance: int) -> tuple[str, tuple[str, ...]]:
    """Some of the tracks that fit genres, tags and targets best, the best first."""
    facts = engine.catalogue.facts
    every = np.arange(facts.n_items, dtype=np.int32)
    of_genre = (
        np.asarray(facts.genres[:, engine.asking.codes.genres(wish.genres)].sum(axis=1)).ravel()
        if wish.genres
        else None
    )
    of_tags = match(wish.tags, every, engine) if wish.tags else None
    fit = np.float32(_POPULAR) * np.asarray(facts.rank)
    fit = fit + (0 if of_genre is None else of_genre) + (0 if of_tags is None else of_tags)
    targets = tuple((AUDIO_FEATURES.index(name), value) for name, value in wish.targets.items())
    fit = fit - target_penalty(facts, every, targets, spread_of(engine))
    # What somebody names, they want. A word for how music sounds names no tag: its tags may be of few tracks, and of odd ones.
    wanted = (
        wish.tags[:1] if seed.kind == "tag" else tuple(tag for tag in wish.tags if normalise(tag) not in VOCABULARY)
    )
    named = of_genre if of_genre is not None else match(wanted, every, engine)
    fits = every if not named.any() else np.flatnonzero(named > 0)
    best = fits[np.argsort(-fit[fits], kind="stable")[: _DRAWN_FROM * FITTING_SEEDS]]
    drawn = np.random.default_rng(chance).permutation(len(best))[:FITTING_SEEDS]
    return str(seed.said), tuple(engine.ids.names(best[np.sort(drawn)]))


_spreads: WeakKeyDictionary[Engine, np.ndarray] = WeakKeyDictionary()


def spread_of(engine: Engine) -> np.ndarray:
    """`audio_spread` of a snapshot, computed once for each engine."""
    found = _spreads.get(engine)
    if found is None:
        found = _spreads[engine] = audio_spread(engine.catalogue.facts)
    return found
