import numpy as np
import polars as pl
import pytest

from segue.engine.prepare.facts import make_facts
from segue.engine.prepare.relations import make_relations
from segue.library import Interactions, Library
from segue.library.records import load_record, save_record
from segue.ranking.catalogue import Relations

NAMES = ["a", "b", "c", "d"]


def library_of(
    listens: dict[str, str] | None = None,
    relations: list[tuple[str, str, str, float | None]] = (),
    guests: dict[str, list[str]] | None = None,
) -> Library:
    """Artists with one track each, named like them in capitals; each listener's tracks as a word, guests by track."""
    rows = [(listener, track.upper()) for listener, tracks in (listens or {}).items() for track in tracks]
    return Library.of(
        artists=pl.DataFrame({"artist_id": NAMES, "name": [name.upper() for name in NAMES]}),
        tracks=pl.DataFrame(
            {
                "track_id": [name.upper() for name in NAMES],
                "title": NAMES,
                "artist_ids": [[name] for name in NAMES],
                "featured_artist_ids": [(guests or {}).get(name, []) for name in NAMES],
            }
        ),
        listens=pl.DataFrame(rows, schema={"listener_id": pl.String, "track_id": pl.String}, orient="row"),
        relations=pl.DataFrame(
            list(relations),
            schema={"artist_id": pl.String, "other_artist_id": pl.String, "kind": pl.String, "strength": pl.Float32},
            orient="row",
        ),
    )


def related_of(library: Library, **more) -> np.ndarray:
    interactions = Interactions.from_library(library, whole_catalogue=True, **more)
    facts = make_facts(library, interactions)
    made = make_relations(library, interactions, facts)
    assert made.related.dtype == np.float32
    return made.related.toarray()


def test_what_is_said_counts_by_its_kind_in_both_directions():
    said = [
        ("a", "b", "member", None),
        ("a", "c", "similar", 0.7),
        ("c", "d", "other", 0.9),
        ("b", "d", "similar", None),
    ]
    found = related_of(library_of(relations=said))
    expected = np.zeros((4, 4))
    expected[0, 1], expected[0, 2], expected[2, 3], expected[1, 3] = 1, 0.7, 0.3, 0.5
    assert found == pytest.approx(expected + expected.T)


def test_of_two_statements_the_stronger_holds_and_nobody_is_related_to_themselves():
    said = [
        ("a", "b", "other", None),
        ("b", "a", "collaboration", None),
        ("a", "a", "member", None),
        ("a", "z", "member", None),
    ]
    found = related_of(library_of(relations=said))
    assert found[0, 1] == found[1, 0] == pytest.approx(0.8)
    assert found.sum() == pytest.approx(1.6)


def test_guests_are_related_to_their_hosts():
    found = related_of(library_of(guests={"a": ["b"], "b": ["a"], "c": ["d"]}))
    assert found[0, 1] == pytest.approx(0.8 * 2 / 3)
    assert found[3, 2] == pytest.approx(0.8 * 1 / 2)
    assert found[0, 2] == 0


def test_artists_with_the_same_listeners_are_related_more_than_chance_would_have_it():
    listens = {f"l{n}": "ab" if n < 6 else "c" for n in range(12)}
    found = related_of(library_of(listens))
    # Six of twelve play a, the same six b: three would by chance.
    assert found[0, 1] == found[1, 0] == pytest.approx((6 - 6 * 6 / 12) / (6 + 10))
    assert found[0, 2] == 0
    assert found.diagonal().tolist() == [0] * 4


def test_a_few_listeners_prove_nothing():
    listens = {f"l{n}": "ab" if n < 2 else "c" for n in range(12)}
    assert not related_of(library_of(listens)).any()


def test_all_being_played_by_everybody_proves_nothing():
    assert not related_of(library_of({f"l{n}": "abc" for n in range(12)})).any()


def test_the_strongest_evidence_counts_and_stands_first():
    listens = {f"l{n}": "ab" if n < 6 else "c" for n in range(12)}
    library = library_of(
        listens, [("a", "b", "other", None), ("a", "c", "other", None), ("d", "a", "collaboration", None)]
    )
    interactions = Interactions.from_library(library, whole_catalogue=True)
    facts = make_facts(library, interactions)
    related = make_relations(library, interactions, facts).related
    first = slice(related.indptr[0], related.indptr[1])
    assert related.indices[first].tolist() == [3, 1, 2]
    assert related.data[first] == pytest.approx([0.8, 0.3, 0.3])


def test_artists_are_related_at_artist_level_too():
    listens = {f"l{n}": "ab" if n < 6 else "c" for n in range(12)}
    found = related_of(library_of(listens), level="artist")
    assert found[0, 1] == pytest.approx(3 / 16)


def test_playlists_count_as_listeners():
    library = Library.of(
        tracks=library_of().tracks,
        playlists=pl.DataFrame(
            {
                "playlist_id": [f"p{n}" for n in range(12)],
                "track_ids": [["A", "B"] if n < 6 else ["C"] for n in range(12)],
            }
        ),
    )
    assert related_of(library)[0, 1] == pytest.approx(3 / 16)


def test_at_most_fifty_stand_in_a_row():
    names = [f"x{n:02}" for n in range(60)]
    library = Library.of(
        artists=pl.DataFrame({"artist_id": names, "name": names}),
        relations=pl.DataFrame(
            {"artist_id": ["x00"] * 59, "other_artist_id": names[1:], "kind": ["similar"] * 59,
             "strength": np.linspace(0.1, 0.9, 59)}
        ),
    )  # fmt: skip
    found = related_of(library, level="artist")
    assert np.flatnonzero(found[0]).tolist() == list(range(10, 60))
    assert (found[1:, 0] > 0).all()


def test_without_artists_there_are_no_relations(tmp_path):
    library = Library.of(listens=pl.DataFrame({"listener_id": ["u"], "track_id": ["t"]}))
    interactions = Interactions.from_library(library)
    made = make_relations(library, interactions, make_facts(library, interactions))
    assert made.related.shape == (0, 0)
    save_record(made, tmp_path / "relations")
    assert load_record(Relations, tmp_path / "relations").related.shape == (0, 0)


def test_what_is_saved_is_read_back_and_the_same_input_gives_the_same_bits(tmp_path):
    library = library_of({f"l{n}": "ab" if n < 6 else "cd" for n in range(12)}, [("a", "c", "other", None)])
    interactions = Interactions.from_library(library)
    facts = make_facts(library, interactions)
    one, other = (make_relations(library, interactions, facts).related for _ in range(2))
    assert one.data.tobytes() == other.data.tobytes()
    assert one.indices.tobytes() == other.indices.tobytes()
    save_record(Relations(one), tmp_path / "relations")
    loaded = load_record(Relations, tmp_path / "relations").related
    np.testing.assert_array_equal(loaded.indices, one.indices)
    np.testing.assert_array_equal(loaded.data, one.data)
