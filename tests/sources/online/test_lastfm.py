import polars as pl
import pytest

from segue.library import Library
from segue.sources.online import deezer, lastfm, youtube_music
from segue.sources.online.http import Client, NotAuthorised
from segue.sources.online.settings import OnlineSettings
from tests.sources.online.fake import Answer

KEY = "k3y-of-lastfm"
TERN = "cccccccc-2222-3333-4444-555555555555"


@pytest.fixture
def library() -> Library:
    return Library.of(
        artists=pl.DataFrame(
            {
                "artist_id": ["a1", "a2", "a3", "a4", "a5"],
                "name": ["The Larks", "Gull Choir", "Ada Tern", "Twin", "twin"],
                "mbid": [None, None, TERN, None, None],
            }
        )
    )


ANSWERS = {
    ("artist.gettoptags", "The Larks"): {
        "toptags": {
            "@attr": {"artist": "Larks"},
            "tag": [{"name": "Folk", "count": 100}, {"name": "harbour", "count": "7"}, {"name": "none", "count": 0}],
        }
    },
    ("artist.getinfo", "The Larks"): {
        "artist": {
            "name": "The Larks",
            "bio": {
                "summary": "The Larks are <b>five</b> &amp; sing.\nFrom the pier. "
                '<a href="https://www.last.fm/music/The+Larks">Read more on Last.fm</a>. User-contributed text.'
            },
        }
    },
    ("artist.getsimilar", "The Larks"): {
        "similarartists": {
            "@attr": {"artist": "The Larks"},
            "artist": [
                {"name": "gull choir", "match": "0.5"},
                {"name": "A. Tern", "mbid": TERN, "match": "1"},
                {"name": "Nobody Here", "match": "0.4"},
                {"name": "Twin", "match": "0.3"},
                {"name": "The Larks", "match": "0.2"},
            ],
        }
    },
    # Corrected into somebody else.
    ("artist.gettoptags", "Gull Choir"): {
        "toptags": {"@attr": {"artist": "Seagull Choir"}, "tag": [{"name": "noise", "count": 100}]}
    },
    ("artist.getinfo", "Ada Tern"): {
        "artist": {"name": "Ada Tern", "bio": {"summary": ' <a href="x">Read more on Last.fm</a>'}}
    },
}


def answer(asked):
    if asked.query["api_key"] != KEY:
        return Answer({"error": 10, "message": "Invalid API key"}, 403)
    missing = {"error": 6, "message": "The artist you supplied could not be found"}
    return ANSWERS.get((asked.query["method"], asked.query["artist"]), missing)


def enriched(library, fake, time, key=KEY, **more):
    fake.routes["/2.0/"] = answer
    service = lastfm.service(OnlineSettings(lastfm_api_key=key, lastfm_url=fake.url))
    with Client(service, pace=time.pace(), **more) as client:
        return lastfm.enrich(library, client)


def test_artists_get_tags_and_a_few_plain_sentences(library, fake, time):
    after = library.merge(enriched(library, fake, time)).validate()
    larks, choir, tern = after.artists.rows(named=True)[:3]
    assert larks["bio"] == "The Larks are five & sing. From the pier."
    assert [(one["tag"], one["weight"]) for one in larks["tags"]] == [("folk", 100), ("harbour", 7)]
    assert (choir["tags"], tern["bio"]) == (None, None)


def test_similar_artists_of_the_library_have_how_similar_they_are(library, fake, time):
    rows = enriched(library, fake, time).relations.select("artist_id", "other_artist_id", "kind", "strength").rows()
    assert rows == [("a1", "a2", "similar", 0.5), ("a1", "a3", "similar", 1.0)]


def test_no_more_than_five_questions_a_second(library, fake, time):
    enriched(library, fake, time)
    assert len(fake.asked) == 15
    assert sum(time.slept) == pytest.approx(14 * 0.2)


def test_a_wrong_key_is_named_and_neither_shown_nor_kept(library, fake, time, tmp_path):
    with pytest.raises(NotAuthorised, match="check LASTFM_API_KEY") as caught:
        enriched(library, fake, time, key="another-k3y", cache=tmp_path)
    assert "another-k3y" not in str(caught.value)
    enriched(library, fake, time, cache=tmp_path)
    assert all(KEY not in file.read_text() for file in tmp_path.rglob("*.json"))
    with pytest.raises(NotAuthorised, match="set LASTFM_API_KEY"):
        lastfm.service(OnlineSettings())


def test_asked_again_everything_comes_from_the_cache(library, fake, time, tmp_path):
    once = enriched(library, fake, time, cache=tmp_path)
    asked = len(fake.asked)
    assert enriched(library, fake, time, cache=tmp_path).fingerprint() == once.fingerprint()
    assert len(fake.asked) == asked


@pytest.mark.parametrize(
    ("summary", "plain"),
    [(None, None), ("", None), ("Plain.", "Plain."), ("a<br/>b &lt;i&gt;", "ab <i>"),
     ('One. <a href="u">Read more on Last.fm</a>', "One."), ("<a " * 100_000 + "b>", ("<a " * 99_999).strip())],
)  # fmt: skip
def test_text_without_html(summary, plain):
    assert lastfm.plain_text(summary) == plain


@pytest.mark.parametrize("code", [[6], {"a": 1}, "sixty", 10**400, None])
def test_a_fault_that_is_no_number_is_one_or_none(code):
    assert lastfm.fault({"error": code}) == ("broken" if code else None)
    assert deezer.fault({"error": {"code": code}}) == "broken"
    assert youtube_music.fault({"error": {"errors": [{"reason": code}]}}) is None
