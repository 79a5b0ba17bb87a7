"""The pages of experiments: defined, begun, read and decided by staff alone."""

import pytest
from django.test import Client

from segue.web.discovery.models import Exposure, Outcome
from segue.web.experiments import offline
from segue.web.experiments.analysis import analyse
from segue.web.experiments.models import Decision, Experiment, Shipped
from segue.web.listening.models import Listener
from tests.web.experiments.test_analysis import NOW_MS, _crowd, at  # noqa: F401

FORM = {
    "name": "Bolder", "hypothesis": "They find more.", "kind": "comparison", "surfaces": ["home"], "recipe_a": "default",
    "recipe_b": "dial", "numbers_b": "by=0.3", "primary": "listen-through", "guardrails": ["skips"], "minimum_effect": "5",
    "window_days": "7", "share": "50", "layer": "ranking", "countries": "se, no",
}  # fmt: skip


@pytest.fixture
def staff(user):
    user.is_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


def test_from_a_draft_to_shipped_and_back(staff, user):
    assert "Nothing is tried yet" in staff.get("/staff/experiments/").content.decode()
    page = staff.post("/staff/experiments/new/", FORM | {"plan": "1"})
    assert "it takes 30 to plan" in page.content.decode()
    made = staff.post("/staff/experiments/new/", FORM)
    found = Experiment.objects.get()
    assert made["Location"] == f"/staff/experiments/{found.pk}/"
    assert (found.share, found.countries, found.state) == (0.5, ["SE", "NO"], "draft")
    assert [(one.name, one.parameters) for one in found.variants.all()] == [("A default", {}), ("B dial", {"by": 0.3})]
    decide = f"{made['Location']}decide/"
    for sent, state in (
        ({"do": "start"}, "running"), ({"do": "widen", "share": "80"}, "running"),
        ({"do": "ship", "variant": found.variants.get(position=1).pk}, "shipped"), ({"do": "roll-back"}, "rolled back"),
    ):  # fmt: skip
        assert staff.post(decide, sent).status_code == 302
        found.refresh_from_db()
        assert found.state == state
        assert state in staff.get(made["Location"]).content.decode()
    assert found.share == 0.8
    assert Shipped.objects.get().until_ms is not None
    assert {one.user for one in Decision.objects.all()} == {user}
    assert staff.post(decide, {"do": "anything"}).status_code == 404
    refused = staff.post(decide, {"do": "start"}, follow=True).content.decode()
    assert "The experiment is rolled back" in refused


def test_what_cannot_be_is_said_in_the_form(staff):
    for wrong, said in (
        ({"numbers_b": "by=3"}, "must be from -0.5 to 0.5"), ({"numbers_b": "more=1"}, "has no parameter"),
        ({"numbers_b": "by=x"}, "must be a number"), ({"kind": "interleaving", "recipe_c": "popularity"}, "has two variants"),
        ({"countries": "Sweden"}, "codes of two letters"), ({"name": "  "}, "required"),
    ):  # fmt: skip
        page = staff.post("/staff/experiments/new/", FORM | wrong)
        assert page.status_code == 422
        assert said in page.content.decode(), wrong
    assert not Experiment.objects.exists()


def test_a_page_shows_what_is_known(staff, at, running):  # noqa: F811
    made = running("default", "popularity")
    _crowd(made, (0.4, 0.8))
    at(7.1)
    analyse(made, NOW_MS + int(7.1 * 86_400_000))
    page = staff.get(f"/staff/experiments/{made.pk}/").content.decode()
    assert "Ship it: it is better for Listen-through" in page
    assert "data-chart" in page
    rows = staff.get(f"/staff/experiments/{made.pk}/metrics.csv").content.decode().splitlines()
    assert rows[0].startswith("metric,variant")
    assert rows[1].startswith("Listen-through,b,")
    assert staff.get(f"/staff/experiments/{made.pk}/nothing.csv").status_code == 404
    plan = staff.post("/staff/experiments/new/", FORM | {"plan": "1", "countries": ""}).content.decode()
    assert "Each variant needs" in plan


def test_nobody_else_learns_that_it_is_there(user, running):
    made = running("default", "popularity")
    client = Client()
    client.force_login(user)
    for address in ("", "new/", f"{made.pk}/", f"{made.pk}/metrics.csv"):
        assert client.get(f"/staff/experiments/{address}").status_code == 404
    assert client.post(f"/staff/experiments/{made.pk}/decide/", {"do": "stop"}).status_code == 404
    made.refresh_from_db()
    assert made.state == "running"
    assert client.get("/staff/experiments/0/").status_code == 404


def test_what_the_lottery_drew_and_what_of_it_was_played(db, monkeypatch):
    monkeypatch.setattr(offline, "_AT_ONCE", 7)
    listener = Listener.objects.create(key="one")
    tracks = [["t1", "model", None], ["t2", "exploration", 0.1]]
    drawn = [
        Exposure(listener=listener, surface="home", snapshot="s", shown_ms=NOW_MS, tracks=tracks) for _ in range(120)
    ]
    other = Exposure(listener=listener, surface="home", snapshot="s", shown_ms=NOW_MS, tracks=tracks[:1])
    Exposure.objects.bulk_create([*drawn, other])
    played = [(one, "t2") for one in drawn[:30]] + [(one, "t1") for one in drawn] + [(other, "t1")]
    Outcome.objects.bulk_create(
        [Outcome(exposure=one, track_key=key, kind="played", time_ms=NOW_MS) for one, key in played]
    )
    found = offline.tried(NOW_MS)
    assert (found[0].name, found[0].estimate.value) == ("as it was drawn", pytest.approx(0.25))
