from collections.abc import Sequence

import numpy as np
import pytest
from scipy import sparse

from segue.engine.request import Controls, Exclusion, Exclusions, Request
from segue.engine.wanted import Codes, wanted_of
from segue.errors import BadRequest
from segue.library.tables import AUDIO_FEATURES
from segue.ranking.catalogue import Facts
from segue.ranking.filters import allowed

ITEMS = ("lantern", "reeds", "tide")
NOTHING = np.zeros(3, np.float32)
GENRES = ("hip hop", "post-punk", "Hip-Hop", "jazz", "jazz fusion", "folk")
FACTS = Facts(
    artist=np.zeros(3, np.int32),
    release=np.zeros(3, np.int32),
    work=np.arange(3, dtype=np.int32),
    day=np.zeros(3, np.int32),
    to_the_day=np.ones(3, np.bool_),
    credited=sparse.csr_array(np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1]], np.bool_)),
    credited_ids=("gull", "guest", "lark"),
    explicit=np.zeros(3, np.int8),
    language=np.zeros(3, np.int16),
    audio=np.zeros((3, len(AUDIO_FEATURES)), np.float32),
    genres=sparse.csr_array((3, len(GENRES)), dtype=np.float32),
    popularity=NOTHING,
    rank=NOTHING,
    artist_rank=NOTHING,
    items_of_artist=sparse.csr_array((2, 3), dtype=np.float32),
    artist_ids=("gull", "lark"),
    artist_names=("Gull Choir", "The Larks"),
    release_ids=("days", "nights"),
    genre_names=GENRES,
    languages=("en", "pt", "sv"),
)
CODES = Codes(FACTS)


def index(ids: Sequence[str]) -> np.ndarray:
    return np.array([ITEMS.index(one) if one in ITEMS else -1 for one in ids], dtype=np.int64)


def wanted(*, never: tuple[Exclusion, ...] = (), now_ms: int = 1000, within=None, **controls):
    request = Request(controls=Controls(**controls), exclusions=Exclusions(never), within=within)
    return wanted_of(request, CODES, index, now_ms)


def test_a_plain_request_wants_everything():
    assert wanted_of(Request(), CODES, index, 0).everything


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("jazz",), [3]), (("Jazz",), [3]), (("hiphop",), [0, 2]), (("HIP-HOP", "hip hop"), [0, 2]),
        (("Post Punk", "folk music"), [1, 5]), ((), []),
    ],
)  # fmt: skip
def test_genres_are_known_in_any_spelling(names, found):
    asked = wanted(genres=names)
    assert asked.genres.tolist() == found
    assert asked.everything == (not names)


def test_languages_decades_ranges_and_the_rest_are_codes():
    asked = wanted(
        languages=("SV", "en"), decades=(2000, 1990, 2000), ranges={"energy": (0.2, 0.8)}, popularity=(0.1, 0.5), explicit=False
    )  # fmt: skip
    assert asked.languages.tolist() == [0, 2]
    assert asked.decades.tolist() == [1990, 2000]
    assert asked.ranges == ((AUDIO_FEATURES.index("energy"), 0.2, 0.8),)
    assert asked.popularity == (0.1, 0.5)
    assert not asked.explicit


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({"genres": ("jaz",)}, "controls.genres has 'jaz', which nothing here is: perhaps 'jazz'"),
        ({"genres": ("jazz", "Jazz-Fusiom")}, "'Jazz-Fusiom'.* perhaps 'jazz fusion'"),
        ({"genres": ("",)}, "there are 'hip hop'"),
        ({"languages": ("xx",)}, "controls.languages has 'xx', which nothing here is: there are 'en', 'pt', 'sv'$"),
        ({"languages": ("sve",)}, "perhaps 'sv'"),
        ({"decades": (1995,)}, "controls.decades has 1995"),
        ({"decades": (90,)}, "controls.decades has 90"),
        ({"ranges": {"tempo": (140, 90)}}, "controls.ranges.tempo goes from 140 to 90"),
        ({"popularity": (0.5, 0.1)}, "controls.popularity goes from 0.5 to 0.1"),
        ({"popularity": (0.5, 5)}, "controls.popularity"),
    ],
)
def test_what_makes_no_sense_is_said_so(controls, message):
    with pytest.raises(BadRequest, match=message) as raised:
        wanted(**controls)
    assert "\n" not in str(raised.value)


def test_where_nothing_is_known_of_genres_none_can_be_asked_for():
    bare = Codes(Facts(**{**vars(FACTS), "genre_names": (), "genres": sparse.csr_array((3, 0), dtype=np.float32)}))
    with pytest.raises(BadRequest, match="leave it out"):
        wanted_of(Request(controls=Controls(genres=("jazz",))), bare, index, 0)


def test_exclusions_are_codes_and_unknown_ids_are_ignored():
    asked = wanted(
        never=tuple(
            Exclusion(kind, one)
            for kind, one in [("item", "tide"), ("item", "gone"), ("artist", "lark"), ("artist", "gone"),
                              ("release", "days"), ("release", "gone"), ("item", "lantern")]
        )
    )  # fmt: skip
    assert asked.never_works.tolist() == [0, 2]
    assert asked.never_credited.tolist() == [2]
    assert asked.never_releases.tolist() == [0]
    assert wanted(never=(Exclusion("artist", "gone"), Exclusion("item", "gone"))).everything


def test_never_a_track_is_never_any_of_its_versions():
    versions = Facts(**{**vars(FACTS), "work": np.array([4, 7, 4], np.int32)})
    asked = wanted_of(Request(exclusions=Exclusions((Exclusion("item", "lantern"),))), Codes(versions), index, 0)
    assert allowed(versions, np.arange(3), asked).tolist() == [False, True, False]


def test_an_artist_who_is_not_wanted_is_no_guest_either():
    asked = wanted(never=(Exclusion("artist", "guest"),))
    assert allowed(FACTS, np.arange(3), asked).tolist() == [True, False, True]


def test_exclusions_hold_until_their_time():
    asked = wanted(
        never=(Exclusion("item", "tide", 999), Exclusion("item", "reeds", 1000), Exclusion("item", "lantern", 1001))
    )
    assert asked.never_works.tolist() == [0]


def test_within_are_the_known_items_in_order():
    assert wanted(within=("tide", "gone", "lantern", "tide")).within.tolist() == [0, 2]
    empty = wanted(within=())
    assert (empty.within.tolist(), empty.everything) == ([], False)
