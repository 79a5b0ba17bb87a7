"""`segue capacity`: what so many listeners need, by hand; and prices."""

import json

import pytest

from segue.errors import BadFile, BadRequest
from segue.home import Home
from segue.web.insights.capacity.measure import keep, kept, measure
from segue.web.insights.capacity.needs import Assumed, Measured, plan
from segue.web.insights.capacity.prices import OURS, read

MEASURED = Measured(
    made="2026-11-21T00:00:00+00:00", seconds=60, cores=2, database="postgresql", tracks=1000, listeners=100, listens=20_000,
    answer_cpu_ms=9.0, frame_cpu_ms=1.0, listens_per_s=500, listen_cpu_ms=1.0, mixes_cpu_ms=100.0, process_mb=500,
    process_own_mb=400, listen_bytes=100, listener_bytes=2000, track_bytes=1000, exposure_bytes=1000,
)  # fmt: skip


def test_what_is_needed_is_what_one_works_out_by_hand():
    asked = Assumed(
        listeners=1_000_000, listens_per_day=10, peak=0.06, questions_per_minute=1, busy=0.5, active=0.5, mix_hours=10
    )
    found = plan(MEASURED, asked, read())
    # 60,000 listen: 1,000 questions a second of 10 ms, 286 listens a second of 2 ms; half of each core.
    assert found.need("questions") == 1000
    assert found.need("web processes") == 22  # (10 + 0.57) / 0.5 = 21.1
    assert found.need("web machines") == 3  # 16 on each, and one to spare
    # 500,000 x 0.1 s in 36,000 s, half of each core.
    assert found.need("workers") == 3
    assert found.need("listens on the disk") == pytest.approx(365)
    assert found.need("listeners on the disk") == pytest.approx(2)
    assert found.need("exposures on the disk") == pytest.approx(10e6 * 3.5 * 90 * 1000 / 1e9)
    assert found.month == pytest.approx(sum(one.month for one in found.items))
    assert found.listener_month == pytest.approx(found.month / 1e6)
    assert not any("tracks" in text for text in found.lacking)


def test_what_was_not_measured_is_said_to_be_assumed():
    bare = plan(Measured(), Assumed(), read())
    assert {one.basis for one in bare.needs} == {"assumed"}
    assert {one.name for one in plan(MEASURED, Assumed(), read()).needs if one.basis == "both"} >= {
        "web processes",
        "listens on the disk",
    }
    assert any("a guess" in text for text in plan(MEASURED, Assumed(listeners=2_000_000), read()).lacking)
    larger = plan(MEASURED, Assumed(tracks=10_000), read())
    assert any("Measured with 1,000 tracks" in text for text in larger.lacking)
    with pytest.raises(BadRequest, match="peak must be between 0 and 1"):
        plan(MEASURED, Assumed(peak=2), read())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("month = 260.0", "month = -1"), r"\[machine\]: month must be"),
        (("cores = 16", "coers = 16"), "'coers', which nothing"),
        (("cores = 16", "cores = nan"), "cores must be"),
        (("[unit]", "[units]"), r"\[unit\] is not there"),
        (("[unit]", "[unit"), "no TOML"),
        (("date = 2026-11-01", ""), "lacks a date"),
        (("letters_1000", "letters_100"), "letters_100"),
    ],
)
def test_prices_that_make_no_sense_are_named(tmp_path, change, said):
    (tmp_path / "prices.toml").write_text(OURS.read_text().replace(*change, 1))
    with pytest.raises(BadFile, match=said):
        read(tmp_path / "prices.toml")


def test_measuring_leaves_nothing_behind(db, settings, small_library, tmp_path):
    from segue.web.catalog import load  # noqa: PLC0415
    from segue.web.discovery import serving  # noqa: PLC0415
    from segue.web.listening.models import Listen  # noqa: PLC0415

    settings.HOME = Home(tmp_path)
    load.load(small_library)
    serving.forget()  # what this process answers with may be of another home
    found = measure(0.2)
    serving.forget()
    assert (found.tracks, found.listens) == (4, 5)
    assert found.listens_per_s > 0
    assert found.frame_cpu_ms > 0
    assert found.answers_per_s is None, "there is no snapshot"
    assert found.listen_bytes is None, "five listens do not tell"
    assert Listen.objects.count() == 5
    assert not list(tmp_path.glob("*capacity*"))
    keep(Home(tmp_path), found)
    assert kept(Home(tmp_path)) == found


def test_the_command_takes_the_last_measurement(run, tmp_path):
    assert kept(Home(tmp_path)) is None
    keep(Home(tmp_path), MEASURED)
    said = run("capacity", "--last", "--listeners", "2000000", "--json", "-", home=tmp_path).out
    assert json.loads(said)["assumed"]["listeners"] == 2_000_000
    told = run("capacity", "--last", "--listeners", "2000000", home=tmp_path).out
    assert "2,000,000 listeners need:" in told
    assert "for each listener" in told
