"""The figures' numbers, on a library small enough to count by hand."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from segue.exploring import explore
from segue.exploring.popularity import gini, half_of_all
from segue.exploring.report import as_json
from segue.library import Library
from tests.exploring.conftest import NOW


@pytest.fixture
def found(counted):
    return explore(counted, now=NOW)


def finding(report, name):
    figure = report.figure(name)
    assert figure is not None, f"{name} was left out: {report.reasons()}"
    return figure.finding


def test_gini_by_hand_and_at_its_ends():
    assert gini(np.array([1, 1, 8])) == pytest.approx(
        sum(abs(x - y) for x in (1, 1, 8) for y in (1, 1, 8)) / (2 * 9 * 10 / 3)
    )
    assert gini(np.ones(5)) == pytest.approx(0)
    assert gini(np.array([0, 0, 0, 1])) == pytest.approx(0.75)


def test_half_of_all_is_the_fewest_that_have_it():
    assert half_of_all(np.array([1, 5, 3, 1])) == 1
    assert half_of_all(np.array([1, 1, 1, 1])) == 2
    assert half_of_all(np.array([4, 3, 3])) == 2


def test_sizes_and_sparsity(found):
    assert "10 listens" in finding(found, "sizes")
    # 2 listeners x 3 tracks, 3 pairs of them.
    assert ("filled share of the track matrix", "50.00%") in found.figure("sparsity").data.rows


def test_popularity(found):
    assert "33% of the tracks (1 of 3; Gini 0.47)" in finding(found, "lorenz")
    assert finding(found, "top-tracks").startswith("Ann – One comes first with 8 plays")
    top = found.figure("top-artists").data
    assert (top.labels, top.values) == (("Ann", "Bob"), (8, 2))
    lines = {line.name: line for line in found.figure("lorenz").data.lines}
    assert lines["tracks"].y == (0, 10, 20, 100)
    # 9 plays of rock (8 + 1), one of pop.
    genres = found.figure("top-genres").data
    assert dict(zip(genres.labels, genres.values, strict=True)) == {"rock": 9, "pop": 1}


def test_repeats_and_skips_count_every_play(found):
    assert finding(found, "repeats").startswith("70% of the plays are of a track the listener had played before")
    assert found.figure("repeats").data.values == (20, 0, 0, 80)
    assert finding(found, "skips").startswith("40% of the plays are skipped")


def test_hours_of_the_week(found):
    grid = found.figure("week").data
    assert grid.values[0][9] == 20
    assert grid.values[5][20] == 80
    assert "Saturday at 20:00 UTC" in finding(found, "week")


def test_over_time_fills_days_without_plays(found):
    [line] = found.figure("over-time").data.lines
    assert line.x == tuple(f"2024-01-0{day}" for day in range(1, 7))
    assert line.y == (2, 0, 0, 0, 0, 8)


def test_listeners(found):
    assert found.figure("countries").data.labels == ("PT",)
    assert "1 listener does not say" in finding(found, "countries")
    assert found.figure("ages").data.labels == ("30–39",)
    assert "50% female, 50% male" in finding(found, "genders")


def test_catalogue(found):
    decades = found.figure("decades").data
    assert (decades.labels, decades.values) == (("1990s", "2000s"), (1, 2))
    # The track of length 0 is not counted: the middle of 3:00 and 4:00.
    assert "The middle track lasts 3:30" in finding(found, "lengths")


def test_suspect_rows_are_counted_and_the_first_is_named(found):
    rows = {what: (count, first) for count, what, first in found.figure("suspects").data.rows}
    assert rows["of length 0"] == ("1 track", "One, ta")
    assert rows["at tempo 0"][0] == "1 track"
    assert rows["of a title and artist that another has"][0] == "2 tracks"
    assert rows["of a listener who began another at the same second"][0] == "10 listens"


def test_dates_that_cannot_be_are_suspect_and_out_of_the_line(counted):
    moved = counted.listens.with_columns(
        time=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(NOW + timedelta(days=400)))
        .when(pl.int_range(pl.len()) == 1).then(pl.lit(NOW.replace(year=1970))).otherwise("time")
    )  # fmt: skip
    report = explore(replace(counted, listens=Library.of(listens=moved).listens), now=NOW)
    rows = {what: count for count, what, _ in report.figure("suspects").data.rows}
    assert rows["from the future"] == "1 listen"
    assert rows["from 1970, where clocks that do not know the time begin"] == "1 listen"
    assert sum(map(sum, report.figure("week").data.values)) == pytest.approx(100)
    assert report.figure("over-time") is None


def test_broken_rules_of_the_tables_are_told(counted):
    broken = replace(counted, tracks=counted.tracks.with_columns(energy=pl.Series([2.0, 0.5, 0.5], dtype=pl.Float32)))
    assert ("1 row of tracks", "energy is above 1", "") in explore(broken, now=NOW).figure("suspects").data.rows


def test_missing_values_are_shares_of_the_rows(found):
    missing = found.figure("missing").data
    shares = dict(zip(missing.labels, missing.values, strict=True))
    assert shares["tracks: energy"] == 33
    assert shares["listeners: country"] == 50
    assert "tracks: title" not in shares


def test_features_are_compared_without_the_tempo_of_0(found):
    panels = found.figure("feature-distributions").data
    assert panels.names == ("energy", "tempo")
    [line] = panels.panels[1].lines
    assert sum(line.y) == pytest.approx(100, abs=0.5)


def test_an_empty_library_gives_no_figure_and_says_why():
    report = explore(Library(), now=NOW)
    assert all(not section.figures for section in report.sections)
    assert any("import something" in why for _, why in report.reasons())


def test_what_data_lacks_is_left_out_with_a_sentence(counted):
    listens = counted.listens.select("listener_id", artist_id=pl.lit("a"), plays=pl.lit(3))
    report = explore(Library.of(artists=counted.artists, listens=listens), now=NOW)
    reasons = {title.lower(): why for titles, why in report.reasons() for title in titles.split(", ")}
    assert reasons["top tracks"] == "the listens name no tracks"
    assert reasons["the hours of the week"] == "no listen says when it began"
    assert reasons["clusters of tracks"] == "there are no tracks"
    assert "Ann comes first with 30 plays" in finding(report, "top-artists")


def test_without_listens_playlists_are_the_signal():
    report = explore(
        Library.of(
            tracks=pl.DataFrame({"track_id": ["x", "y"], "title": ["X", "Y"]}),
            playlists=pl.DataFrame({"playlist_id": ["p", "q"], "track_ids": [["x", "y"], ["x"]]}),
        ),
        now=NOW,
    )
    assert finding(report, "top-tracks").startswith("X comes first with 2 places in playlists")
    assert "2 playlists and 2 tracks" in finding(report, "sparsity")
    reasons = {why: titles for titles, why in report.reasons()}
    assert reasons["playlists do not say how often anything was played"] == "Playing it again"


def test_ratings_count_once_whatever_they_are():
    report = explore(
        Library.of(
            tracks=pl.DataFrame({"track_id": ["x", "y"], "title": ["X", "Y"], "kind": ["film", "film"]}),
            feedback=pl.DataFrame({"listener_id": ["u", "v", "u"], "track_id": ["x", "x", "y"], "kind": ["rating"] * 3,
                                   "rating": [0.0, 1.0, 5.0]}),
        ),
        now=NOW,
    )  # fmt: skip
    assert finding(report, "top-tracks").startswith("X comes first with 2 ratings")
    assert "2 listeners and 2 films" in finding(report, "sparsity")


def test_one_level_alone_can_be_looked_at(demo):
    report = explore(demo, level="release", now=NOW)
    assert report.figure("top-releases") is not None
    assert report.figure("top-tracks") is None
    assert "releases" in finding(report, "lorenz")


def test_the_whole_of_a_demo_world(report):
    drawn = {figure.id for section in report.sections for figure in section.figures}
    assert drawn >= {
        "sizes", "lorenz", "long-tail", "activity", "week", "skips", "ages", "decades", "features-over-years",
        "feature-correlations", "genre-profiles", "genre-spreads", "cloud", "track-clusters", "artist-clusters",
        "track-map", "artist-map", "genre-map", "silhouettes",
    }  # fmt: skip
    assert report.reasons() == []
    for section in report.sections:
        for figure in section.figures:
            assert figure.finding.endswith(".")
            assert figure.finding[0].isupper() or figure.finding[0].isdigit()
            assert "!" not in figure.finding
            assert not re.search(r"\bnan\b|[(:=] ?None", figure.finding)


def test_clusters_of_a_demo_world_are_described_by_words_and_sound(report):
    cards = report.figure("track-clusters").data.cards
    assert sum(int(card.note.split(" ")[0].replace(",", "")) for card in cards) > 0
    assert all(dict(card.lines)["Typical"] for card in cards)
    assert any(":" in card.title for card in cards)


def test_the_same_seed_gives_the_same_report(demo, report):
    assert as_json(explore(demo, name="demo", now=NOW)) == as_json(report)


def test_the_report_is_strict_json(report):
    document = json.loads(as_json(report), parse_constant=pytest.fail)
    figures = {figure["id"]: figure for section in document["sections"] for figure in section["figures"]}
    assert figures["lorenz"]["kind"] == "lines"
    assert figures["track-map"]["data"]["groups"]
