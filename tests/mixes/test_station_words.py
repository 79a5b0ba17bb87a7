"""A Station that starts from words: what is said of sound leans it, what is named it keeps to."""

import numpy as np
import polars as pl
import pytest

from segue.errors import NotFound
from segue.library import Library
from segue.library.tables import AUDIO_FEATURES
from segue.mixes.station import Seed, start
from tests.mixes.conftest import trained


def _mean(item_ids, feature, engine):
    return float(np.nanmean(engine.catalogue.facts.audio[engine.places(item_ids), AUDIO_FEATURES.index(feature)]))


@pytest.mark.parametrize("word", ["calm", "quiet", "sleep"])
def test_seeds_of_a_calm_station_are_calm_even_where_few_tracks_are_tagged_so(engine, word):
    """The demo world tags some loud tracks as calm, as people do."""
    energy = np.sort(engine.catalogue.facts.audio[:, AUDIO_FEATURES.index("energy")])
    state = start(Seed("words", word), engine)
    assert _mean(state.item_ids, "energy", engine) < energy[len(energy) // 3]


def test_a_tag_station_is_of_tracks_that_have_the_tag(engine):
    state = start(Seed("tag", "calm"), engine, mood="energetic")
    column = next(place for place, group in enumerate(engine.features.groups) if group.name == "tags")
    group = engine.features.groups[column]
    tagged = group.matrix[:, [group.names.index("calm")]].toarray().ravel() > 0
    assert tagged[engine.places(state.item_ids)].any()


def test_where_no_sound_is_known_a_sound_cannot_be_asked_for(library, tmp_path):
    silent = dict.fromkeys((*AUDIO_FEATURES, "sound", "genres", "tags"))
    tracks = library.tracks.with_columns(pl.lit(None, dtype=library.tracks.schema[name]).alias(name) for name in silent)
    frames = {table.name: frame for table, frame in library.frames()}
    artists = library.artists.with_columns(
        pl.lit(None, dtype=library.artists.schema[name]).alias(name) for name in ("genres", "tags")
    )
    bare = Library.of(**frames | {"tracks": tracks, "artists": artists, "playlists": library.playlists.clear()})
    engine = trained(bare, tmp_path)
    with pytest.raises(NotFound, match="'calm' is how music sounds, which is not known here"):
        start(Seed("words", "calm"), engine)
    with pytest.raises(NotFound, match="'happy' is how music sounds"):
        start(Seed("track", bare.listens["track_id"][0]), engine, mood="happy")
    with pytest.raises(NotFound, match="no genre 'rock' here: there are no genres"):
        start(Seed("genre", "rock"), engine)
