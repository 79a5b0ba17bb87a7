from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from segue.library import Library
from segue.sources.online import musicbrainz
from segue.sources.online.http import Client, Service, ServiceUnavailable
from segue.sources.online.settings import OnlineSettings
from tests.sources.online.fake import Answer

LARKS, CHOIR, TERN = (f"{digit * 8}-2222-3333-4444-555555555555" for digit in "abc")
RECORDING = "99999999-2222-3333-4444-555555555555"


@pytest.fixture
def library() -> Library:
    """Gull Choir is played most; The Larks have their id; Film Star only made a film."""
    return Library.of(
        artists=pl.DataFrame(
            {
                "artist_id": ["a1", "a2", "a3", "a4"],
                "name": ["The Larks", "Gull Choir", "Ada Tern", "Film Star"],
                "mbid": [LARKS, None, None, None],
                "tags": [[{"tag": "folk", "weight": 9.0}, {"tag": "old", "weight": 1.0}], None, None, None],
                "genres": [["shanty"], None, None, None],
            },
            schema_overrides={"tags": pl.List(pl.Struct({"tag": pl.String, "weight": pl.Float32}))},
        ),
        tracks=pl.DataFrame(
            {
                "track_id": ["t1", "t2", "t3"],
                "title": ["Lantern", "Reeds", "The Heron"],
                "artist_ids": [["a1"], ["a2"], ["a4"]],
                "mbid": [RECORDING, None, None],
                "kind": ["original", "original", "film"],
            }
        ),
        listens=pl.DataFrame({"listener_id": ["u", "u"], "track_id": ["t1", "t2"], "plays": [2, 5]}),
    )


@pytest.fixture
def answers(fake):
    fake.routes |= {
        "/ws/2/artist": search,
        f"/ws/2/artist/{LARKS}": {
            "id": LARKS, "name": "The Larks", "country": "SE",
            "life-span": {"begin": "1999", "end": None, "ended": False},
            "genres": [{"name": "folk", "count": 2}, {"name": "folk rock", "count": 7}, {"name": "noise", "count": 0}],
            "tags": [{"name": "folk", "count": 3}, {"name": "harbour", "count": 2}, {"name": "bad", "count": "x"}],
            "relations": [
                {"type": "member of band", "direction": "backward", "target-type": "artist",
                 "artist": {"id": TERN, "name": "Ada Tern"}},
                {"type": "collaboration", "direction": "forward", "artist": {"id": CHOIR, "name": "Gull  Choir"}},
                {"type": "married", "direction": "forward", "artist": {"id": CHOIR, "name": "Gull Choir"}},
                {"type": "member of band", "direction": "backward", "artist": {"id": CHOIR, "name": "Nobody Here"}},
            ],
        },
        f"/ws/2/artist/{CHOIR}": {"id": CHOIR, "name": "Gull Choir", "country": "XE", "genres": [], "tags": []},
        f"/ws/2/recording/{RECORDING}": {
            "id": RECORDING, "title": "Lantern", "isrcs": ["SE-ABC-12-00001"], "first-release-date": "1999-05",
        },
    }  # fmt: skip
    return fake


def search(asked):
    found = {
        'artist:"Gull Choir"': [
            {"id": CHOIR, "name": "Gull choir", "score": 100}, {"id": LARKS, "name": "Gull", "score": 95},
        ],
        'artist:"Ada Tern"': [
            {"id": TERN, "name": "Ada Tern", "score": 100}, {"id": CHOIR, "name": "Ada Tern", "score": 92},
        ],
    }  # fmt: skip
    return {"artists": found.get(asked.query["query"], []), "count": 2}


def enriched(library, fake, time, **more):
    with Client(Service("MusicBrainz", fake.url), pace=time.pace()) as client:
        return musicbrainz.enrich(library, client, **more)


def test_artists_get_what_musicbrainz_says_and_keep_what_was_known(library, answers, time):
    learned = enriched(library, answers, time)
    after = library.merge(learned).validate()
    larks, choir, tern, star = after.artists.rows(named=True)
    assert (larks["country"], larks["genres"]) == ("SE", ["shanty", "folk rock", "folk"])
    assert [(one["tag"], one["weight"]) for one in larks["tags"]] == [("folk", 9), ("harbour", 2), ("old", 1)]
    assert (choir["mbid"], choir["country"], choir["genres"]) == (CHOIR, None, None)
    # Two of one name score 90 or more: nobody can say which.
    assert tern["mbid"] is None
    assert star["mbid"] is None
    assert after.artists["name"].to_list() == library.artists["name"].to_list()


def test_relations_are_to_artists_of_the_library_in_the_right_direction(library, answers, time):
    relations = enriched(library, answers, time).relations
    assert relations.select("artist_id", "other_artist_id", "kind", "source").rows() == [
        ("a3", "a1", "member", "musicbrainz"),
        ("a1", "a2", "collaboration", "musicbrainz"),
        # Under another name, but with the id that the search for Gull Choir found.
        ("a2", "a1", "member", "musicbrainz"),
    ]


def test_tracks_with_an_id_get_their_isrc_and_date(library, answers, time):
    [track] = enriched(library, answers, time).tracks.rows(named=True)
    assert (track["track_id"], track["isrc"]) == ("t1", "SEABC1200001")
    assert (track["date"], track["date_precision"]) == (date(1999, 5, 1), "month")
    dated = replace(library, tracks=library.tracks.with_columns(date=date(1998, 1, 2), date_precision=pl.lit("day")))
    after = dated.merge(enriched(dated, answers, time)).validate()
    assert after.tracks.row(0, named=True)["date"] == date(1998, 1, 2)


def test_the_most_played_are_asked_about_first_and_films_not_at_all(library, answers, time):
    seen = []
    enriched(library, answers, time, limit=1, progress=lambda *said: seen.append(said))
    assert seen == [(0, 2, "Gull Choir"), (1, 2, "Lantern"), (2, 2, "")]
    enriched(library, answers, time, progress=lambda *said: seen.append(said))
    assert [name for *_, name in seen[3:]] == ["Gull Choir", "The Larks", "Ada Tern", "Lantern", ""]


def test_merging_twice_changes_nothing(library, answers, time):
    once = library.merge(enriched(library, answers, time))
    twice = once.merge(enriched(once, answers, time))
    assert twice.fingerprint() == once.fingerprint()


def test_a_run_that_broke_off_goes_on_from_its_cache(library, answers, time, tmp_path):
    answers.routes[f"/ws/2/recording/{RECORDING}"] = Answer("", 503)
    service = Service("MusicBrainz", answers.url)
    with Client(service, cache=tmp_path, pace=time.pace(retries=0)) as client:
        with pytest.raises(ServiceUnavailable):
            musicbrainz.enrich(library, client)
        before = len(answers.asked)
        answers.routes[f"/ws/2/recording/{RECORDING}"] = {"isrcs": []}
        assert musicbrainz.enrich(library, client).tracks.height == 1
    assert len(answers.asked) == before + 1


def test_nothing_said_is_nothing_learned(library, fake, time):
    learned = enriched(library, fake, time)
    assert not any(learned.counts().values())
    assert library.merge(learned).fingerprint() == library.fingerprint()


def test_names_are_quoted_for_the_search(library, fake, time):
    odd = Library.of(artists=pl.DataFrame({"artist_id": ["a"], "name": ['Say "Gull" \\ AND']}))
    enriched(odd, fake, time)
    assert fake.asked[0].query["query"] == 'artist:"Say \\"Gull\\" \\\\ AND"'


def test_the_service_is_asked_once_a_second_a_mirror_as_fast_as_it_can():
    assert musicbrainz.service(OnlineSettings()).interval_s == 1
    assert musicbrainz.service(OnlineSettings(musicbrainz_url="http://mirror.example")).interval_s == 0
