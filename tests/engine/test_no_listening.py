"""A catalogue that nobody has listened to, and tracks that nobody has played yet."""

import polars as pl
import pytest

from segue.engine import Engine, History, Recommendation, Request, Snapshots, train
from segue.engine.histories import understand
from segue.errors import NotEnoughData, NotFound, UnknownModel
from segue.library import Library
from segue.ranking.diversity import NO_RULES


def ask(engine: Engine, plays: dict[str, float], n: int) -> tuple[Recommendation, ...]:
    """What comes of a history, by relevance alone."""
    [answer] = engine.recommend([Request(History.of(plays), n=n, rules=NO_RULES)])
    return answer.recommendations


def catalogue() -> Library:
    """Ten slow and ten fast songs; the first of each is there live, too."""
    titles = [f"{kind} {n}" for kind in ("Slow", "Fast") for n in range(10)] + ["Slow 0 (Live)", "Fast 0 (Live)"]
    slow = [title.startswith("Slow") for title in titles]
    return Library.of(
        artists=pl.DataFrame({"artist_id": ["a"], "name": ["Anna"]}),
        tracks=pl.DataFrame(
            {
                "track_id": titles,
                "title": titles,
                "artist_ids": [["a"]] * len(titles),
                "work_id": [title.removesuffix(" (Live)") for title in titles],
                "genres": [["ballad"] if one else ["punk"] for one in slow],
                "tempo": [70.0 + n if one else 170.0 + n for n, one in enumerate(slow)],
                "energy": [0.2 if one else 0.9 for one in slow],
            }
        ),
    )


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory) -> Snapshots:
    found = Snapshots(tmp_path_factory.mktemp("home") / "snapshots")
    manifest = train(catalogue(), found)
    assert manifest.model == "content"
    assert manifest.counts == {"listeners": 0, "items": 22, "pairs": 0}
    return found


@pytest.mark.parametrize("model", [None, "kmeans"])
def test_music_like_a_song_needs_no_listening(snapshots, model):
    engine = Engine.open(snapshots.directory, model=model)
    found = ask(engine, {"Slow 3": 1}, 5)
    assert all(one.title.startswith("Slow") for one in found)
    assert found[0].source == (model or "content")
    assert found[0].because[0].item_id == "Slow 3"


def test_other_versions_of_a_song_are_not_offered_for_it(snapshots):
    engine = Engine.open(snapshots.directory)
    found = ask(engine, {"Slow 0": 1}, 9)
    [like] = engine.similar(["Fast 0"], 9)
    assert "Slow 0 (Live)" not in {one.item_id for one in found}
    assert "Fast 0 (Live)" not in {one.item_id for one in like}
    assert len(like) == 9


def test_similar_tracks_say_what_they_have_in_common(snapshots):
    [[best]] = Engine.open(snapshots.directory).similar(["Fast 3"], 1, alike=True)
    shared = {one.group: one.what for one in best.alike}
    assert shared["genres"][0] == "punk"
    assert any(text.startswith("tempo 18") for text in shared["audio"])


def test_for_nobody_there_is_nothing_to_say(snapshots):
    assert ask(Engine.open(snapshots.directory), {}, 5) == ()


def test_a_model_the_snapshot_does_not_have_is_refused_with_those_it_has(snapshots):
    with pytest.raises(UnknownModel, match="it has content, kmeans"):
        Engine.open(snapshots.directory, model="ease")


def test_a_model_that_learns_from_listening_says_so(snapshots):
    with pytest.raises(NotEnoughData, match="no listening to learn from"):
        train(catalogue(), snapshots, model="hybrid")


def test_a_track_nobody_has_played_is_recommended_beside_the_others(tmp_path):
    whole = catalogue()
    old = [name for name in whole.tracks["track_id"] if name not in ("Slow 9", "Fast 9") and "Live" not in name]
    listens = pl.DataFrame(
        [
            {"listener_id": f"{kind}{n}", "track_id": name, "plays": 1, "source": "s"}
            for kind in ("Slow", "Fast")
            for n in range(12)
            for place, name in enumerate(old)
            if name.startswith(kind) and (place + n) % 3
        ]
    )
    snapshots = Snapshots(tmp_path / "snapshots")
    train(whole.merge(Library.of(listens=listens)), snapshots, measure=False)
    found = ask(Engine.open(snapshots.directory), {"Slow 1": 1, "Slow 2": 1}, 10)
    names = [one.item_id for one in found]
    assert "Slow 9" in names
    new = found[names.index("Slow 9")]
    assert {because.item_id for because in new.because} <= {"Slow 1", "Slow 2"}
    assert new.because


def test_a_track_may_be_named_by_its_title_alone(snapshots):
    engine = Engine.open(snapshots.directory)
    [one] = understand(["slow 4"], catalogue(), engine)
    assert one.item_ids == ("Slow 4",)
    with pytest.raises(NotFound, match="nothing here is called"):
        understand(["slow"], catalogue(), engine)
