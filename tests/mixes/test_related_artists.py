import numpy as np
import polars as pl
import pytest

from segue.engine import Engine, Snapshots, train
from segue.errors import NotFound
from segue.library import Library
from segue.mixes.related_artists import artist_vectors, related_artists


def test_scores_are_half_relation_and_half_likeness(engine):
    facts, related = engine.catalogue.facts, engine.catalogue.relations.related.toarray()
    vectors = artist_vectors(engine.catalogue)
    one = 5
    expected = 0.5 * related[one] + 0.5 * np.maximum(vectors @ vectors[one], 0)
    expected[one] = 0
    [found] = related_artists([facts.artist_ids[one]], engine, 10)
    assert [each.score for each in found] == pytest.approx(np.sort(expected)[::-1][:10], abs=1e-6)
    assert facts.artist_ids[one] not in [each.artist_id for each in found]
    assert all(each.reasons for each in found)


def test_the_best_track_is_the_one_most_listeners_play(engine):
    facts = engine.catalogue.facts
    [found] = related_artists(facts.artist_ids[:1], engine, 8)
    for each in found:
        code = facts.artist_ids.index(each.artist_id)
        own = np.flatnonzero(facts.artist == code)
        [best] = engine.places([each.best.item_id])
        assert best in own
        assert facts.popularity[best] == facts.popularity[own].max()


def test_an_artist_that_is_not_there_is_named(engine):
    with pytest.raises(NotFound, match="no artist 'nobody'"):
        related_artists([engine.catalogue.facts.artist_ids[0], "nobody"], engine)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Anna and Bo made a track together, a source says that Anna is like Cee, and the listeners of Anna play Dee."""
    names = {"a": "Anna", "b": "Bo", "c": "Cee", "d": "Dee", "e": "Eve", "g": "The Group"}
    tracks = {"a1": ["a"], "ab": ["b", "a"], "b1": ["b"], "c1": ["c"], "d1": ["d"], "e1": ["e"], "g1": ["g"]}
    plays = [(f"u{who}", track) for who in range(4) for track in ("a1", "d1")]
    plays += [(f"v{who}", track) for who in range(4) for track in ("b1", "c1", "e1", "g1", "ab")[who % 2 :]]
    library = Library.of(
        artists=pl.DataFrame({"artist_id": list(names), "name": list(names.values())}),
        tracks=pl.DataFrame({"track_id": list(tracks), "title": list(tracks), "artist_ids": list(tracks.values())}),
        listens=pl.DataFrame(plays, schema=["listener_id", "track_id"], orient="row"),
        relations=pl.DataFrame(
            {"artist_id": ["a", "a"], "other_artist_id": ["c", "g"], "kind": ["similar", "member"], "strength": [0.9, None],
             "source": ["lastfm", None]}
        ),
    )  # fmt: skip
    directory = tmp_path_factory.mktemp("small")
    train(library, Snapshots(directory), model="rp3beta", measure=False)
    return library, Engine.open(directory)


def test_reasons_say_who_worked_together_who_is_said_to_be_similar_and_who_shares_listeners(small):
    library, engine = small
    [found] = related_artists(["a"], engine, 10, library)
    why = {each.name: [reason.text for reason in each.reasons] for each in found}
    assert "worked with Anna on a track" in why["Bo"]
    assert "said to be similar to Anna, says lastfm" in why["Cee"]
    assert "Anna is a member" in why["The Group"]
    assert "played by the listeners of Anna" in why["Dee"]
    [group] = related_artists(["g"], engine, 10, library)
    assert "a member of The Group" in {each.name: [reason.text for reason in each.reasons] for each in group}["Anna"]


def test_no_reason_counts_listeners(small, engine, library):
    for found in (*related_artists(["a", "b"], small[1], 10, small[0]),
                  *related_artists(engine.catalogue.facts.artist_ids[:20], engine, 10, library)):  # fmt: skip
        for each in found:
            for reason in each.reasons:
                assert "listeners" not in reason.text or not any(
                    letter.isdigit() for letter in reason.text.split(" of ")[0]
                )


def test_without_a_library_the_reason_does_not_say_more_than_is_known(small):
    [found] = related_artists(["a"], small[1], 10)
    texts = {each.name: each.reasons[0].text for each in found}
    assert texts["Bo"].startswith("has to do with Anna")
