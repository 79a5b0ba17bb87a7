import polars as pl
import pytest

from segue.errors import InvalidTable
from segue.library import Library
from segue.library.likeness import alike, likely_pairs, numbers
from segue.library.matching import Matcher

ARTISTS = {"a1": "The Larks", "a2": "Øresund", "a3": "Gull Choir", "a4": "Selena"}
MBID = "11111111-2222-3333-4444-555555555555"


def track(track_id: str, title: str, *artists: str, **more: object) -> dict[str, object]:
    return {"track_id": track_id, "title": title, "artist_ids": list(artists), **more}


def library(*tracks: dict[str, object]) -> Library:
    return Library.of(
        artists=pl.DataFrame({"artist_id": list(ARTISTS), "name": list(ARTISTS.values())}),
        releases=pl.DataFrame({"release_id": ["r1", "r2"], "title": ["Days", "Best Of"]}),
        tracks=pl.from_dicts(list(tracks), infer_schema_length=None),
    )


@pytest.fixture
def catalogue() -> Library:
    return library(
        track(
            "t1", "Lantern", "a1", mbid=MBID, isrc="SEABC1200001", spotify_uri="spotify:track:1", duration_ms=200_000
        ),
        track("t2", "Lantern (Live at Harbour Hall)", "a1"),
        track("t3", "Symphony No. 5", "a2"),
        track("t4", "Two Shores", "a2", "a3"),
        track("t5", "The Long Way Round", "a3"),
    )


def match(catalogue: Library, **query: object) -> tuple[object, ...]:
    return Matcher(catalogue).match(pl.DataFrame([query])).row(0)


@pytest.mark.parametrize("query", [{"mbid": MBID}, {"isrc": "SEABC1200001"}, {"spotify_uri": "spotify:track:1"}])
def test_an_outside_id_finds_the_track_whatever_the_names_say(catalogue, query):
    assert match(catalogue, **query, artist="Nobody", title="Nothing") == ("t1", "id", 100, [])


@pytest.mark.parametrize(
    ("artist", "title", "track_id"),
    [
        ("larks", "LANTERN", "t1"),
        ("Larks, The", "Lantern (live at Harbour Hall)", "t2"),
        ("Oresund", "Two Shores", "t4"),
        ("Gull Choir", "Two Shores", "t4"),
        ("Øresund, Gull Choir", "Two Shores", "t4"),
    ],
)
def test_the_same_names_find_the_track(catalogue, artist, title, track_id):
    assert match(catalogue, artist=artist, title=title)[:2] == (track_id, "text")


@pytest.mark.parametrize(
    ("artist", "title", "track_id"),
    [
        ("The Larks", "Lantern - 2011 Remaster", "t1"),
        ("The Larks", "Lantern (feat. Gull Choir)", "t1"),
        ("The Larks feat. Gull Choir", "Lantern", "t1"),
        ("Øresund & Gull Choir", "Two Shores", "t4"),
        ("The Larks", "Lantern - Live at Harbour Hall / Remastered", "t2"),
    ],
)
def test_remasters_and_other_credits_are_the_same_recording(catalogue, artist, title, track_id):
    assert match(catalogue, artist=artist, title=title)[:2] == (track_id, "version")


def test_an_exact_track_goes_before_another_version():
    both = library(track("plain", "Lantern", "a1"), track("remaster", "Lantern - 2011 Remaster", "a1"))
    assert match(both, artist="The Larks", title="Lantern - 2011 Remaster")[:2] == ("remaster", "text")
    assert match(both, artist="The Larks", title="Lantern")[:2] == ("plain", "text")
    assert match(both, artist="The Larks", title="Lantern (Mono)")[:2] == ("plain", "version")


@pytest.mark.parametrize(
    "title", ["Lantern (Live)", "Lantern - Gull Choir Remix", "Lantern (Acoustic)", "Lantern - Radio Edit"]
)
def test_another_recording_of_the_song_is_not_the_track_but_a_guess(catalogue, title):
    found, how, _, closest = match(catalogue, artist="The Larks", title=title)
    assert (found, how) == (None, None)
    assert "t1" in closest


@pytest.mark.parametrize(
    ("artist", "title", "track_id"),
    [
        ("Gul Choir", "The Long Way Rounds", "t5"),
        ("Choir Gull", "The Long Way Round", "t5"),
        ("Gull Choir", "The Lnog Way Round", "t5"),
    ],
)
def test_misspelt_names_are_found_by_likeness(catalogue, artist, title, track_id):
    found, how, score, closest = match(catalogue, artist=artist, title=title)
    assert (found, how, closest) == (track_id, "fuzzy", [])
    assert 85 <= score <= 100


def test_names_that_differ_in_a_number_are_alike_but_not_the_same(catalogue):
    assert match(catalogue, artist="Øresund", title="Symphony No. 6") == (None, None, 0, ["t3"])


def test_a_track_of_another_length_is_not_taken_for_a_misspelling(catalogue):
    near = {"artist": "The Larks", "title": "Lanterm"}
    assert match(catalogue, **near, duration_ms=205_000)[0] == "t1"
    assert match(catalogue, **near, duration_ms=320_000)[0] is None


def test_a_stricter_threshold_finds_less(catalogue):
    queries = pl.DataFrame([{"artist": "The Larks", "title": "Lanterm"}])
    assert Matcher(catalogue).match(queries, threshold=85)["track_id"].to_list() == ["t1"]
    assert Matcher(catalogue).match(queries, threshold=95)["track_id"].to_list() == [None]


def test_the_same_title_by_an_unknown_artist_is_only_a_guess(catalogue):
    found, how, _, closest = match(catalogue, artist="Somebody Else", title="Two Shores")
    assert (found, how, closest) == (None, None, ["t4"])


def test_the_release_then_the_length_decide_between_tracks_of_one_name():
    twins = library(
        track("short", "Lantern", "a1", release_id="r1", duration_ms=100_000, popularity=10.0),
        track("long", "Lantern", "a1", release_id="r2", duration_ms=300_000, popularity=90.0),
    )
    names = {"artist": "The Larks", "title": "Lantern"}
    assert match(twins, **names)[0] == "long"
    assert match(twins, **names, duration_ms=110_000)[0] == "short"
    assert match(twins, **names, duration_ms=110_000, release="BEST OF")[0] == "long"


def test_answers_come_in_the_order_of_the_queries(catalogue):
    queries = pl.DataFrame(
        {"artist": ["Nobody", "Gull Choir", "The Larks"] * 50, "title": ["X", "Two Shores", "Lantern"] * 50}
    )
    assert Matcher(catalogue).match(queries)["track_id"].to_list() == [None, "t4", "t1"] * 50


def test_an_item_without_artists_is_found_by_its_title():
    films = Library.of(tracks=pl.DataFrame({"track_id": ["f"], "title": ["The Heron"], "kind": ["film"]}))
    assert match(films, title="the heron")[:2] == ("f", "text")
    assert match(films, title="Heron", artist="The Larks")[0] is None


def test_nothing_asked_or_nothing_there_finds_nothing(catalogue):
    assert match(catalogue, artist=None, title=None)[:2] == (None, None)
    assert match(Library(), artist="The Larks", title="Lantern")[:2] == (None, None)
    assert Matcher(catalogue).match(pl.DataFrame()).height == 0


def test_an_unknown_column_is_refused_by_name(catalogue):
    with pytest.raises(InvalidTable, match="'album'"):
        match(catalogue, album="Days")


def test_artists_are_found_by_name_and_near_ones_are_guesses(catalogue):
    names = ["oresund", "Gull  Choir!", "Gullchoir", "Elena", None, "Zzz"]
    found = Matcher(catalogue).match_artists(names)
    assert found["artist_id"].to_list() == ["a2", "a3", "a3", None, None, None]
    assert found["how"].to_list() == ["text", "text", "fuzzy", None, None, None]
    assert found["closest"].to_list() == [[], [], [], ["a4"], [], []]


def test_likeness_counts_letters_kept_and_knows_swapped_words():
    # "abcd" and "abce" keep 3 of 4 letters each: 2 * 3 / 8.
    assert alike(["abcd", "ac dc", "john lennon"], ["abce", "acdc", "lennon john"]).tolist() == [75, 100, 100]
    assert [numbers(name) for name in ("part ii", "no 5 of 7", "i am")] == ["ii", "5 7", ""]


def test_only_names_of_one_group_are_compared():
    names = pl.DataFrame({"group": ["x"], "name": ["two shores"]})
    known = pl.DataFrame({"group": ["x", "y"], "name": ["two shore", "two shores"]})
    assert likely_pairs(names, known, 60).select("group", "known").rows() == [("x", "two shore")]


def test_an_empty_id_is_no_id():
    library = Library.of(tracks=pl.DataFrame({"track_id": ["t"], "title": ["Song"], "mbid": [""]}))
    found = Matcher(library).match(pl.DataFrame({"artist": ["Zed"], "title": ["Other"], "mbid": [""]}))
    assert found["track_id"].to_list() == [None]
