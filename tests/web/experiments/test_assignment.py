"""Who is in which experiment, with which variant, and what that changes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from segue.engine.request import Request
from segue.errors import BadRequest
from segue.web import clock
from segue.web.discovery import exposures
from segue.web.discovery.mixes import mix_of
from segue.web.discovery.models import Exposure
from segue.web.experiments import assignment, deciding
from segue.web.experiments.assignment import plan_of
from segue.web.experiments.models import Decision, Experiment, Seen
from segue.web.experiments.recipes import RECIPES, checked, most_popular
from segue.web.experiments.varied import Plan, Step, drafted
from segue.web.listening.models import Listener


def _arms(experiment, n=400):
    known = next(one for one in assignment.standing().experiments if one.id == experiment.pk)
    return [known.arm_of(Listener(key=f"somebody-{number}", pk=-number)) for number in range(n)]


def test_raising_the_share_keeps_everybody_who_was_in(running):
    made = running("default", "popularity", share=0.25)
    before = _arms(made)
    deciding.widen(made, 0.75, None)
    after = _arms(made)
    assert 0.15 < sum(arm is not None for arm in before) / len(before) < 0.35
    assert 0.65 < sum(arm is not None for arm in after) / len(after) < 0.85
    assert [arm for arm, was in zip(after, before, strict=True) if was is not None] == [
        arm for arm in before if arm is not None
    ]  # fmt: skip


def test_experiments_of_one_layer_have_nobody_in_common(running):
    one = running("default", "popularity", name="One", share=0.5)
    other = running("default", "dial", name="Other", share=0.4)
    beside = running("default", "dial", name="Beside", layer="elsewhere")
    both = [(a, b) for a, b in zip(_arms(one), _arms(other), strict=True) if a is not None and b is not None]
    assert both == []
    assert None not in _arms(beside)
    with pytest.raises(BadRequest, match="has room for 10%"):
        running("default", "dial", name="Third", share=0.3)
    with pytest.raises(BadRequest, match="another experiment comes next"):
        deciding.widen(one, 0.6, None)
    deciding.stop(one, None)
    running("default", "dial", name="Fourth", share=0.5)


def test_a_draft_is_shown_to_those_who_try_it_and_they_are_not_counted(running, listener):
    made = running("default", "popularity")
    deciding.allow(made, listener, made.variants.get(name="b"), None)
    assert plan_of(listener, "home") == Plan((Step("popularity"),))
    assignment.saw(listener, "home:for-you")
    assert not Seen.objects.exists()


def test_who_it_is_for(running, listener):
    running("popularity", "popularity", countries=("SE",))
    assert plan_of(listener, "home").key == ""
    listener.country = "SE"
    assert plan_of(listener, "home").key
    assert plan_of(listener, "elsewhere").key == ""


def test_an_answer_is_seen_once_and_kept_for_its_variant(api, fan, running, monkeypatch):
    plain = [one["track"] for one in api.get("/recommendations?n=5").json()["recommendations"]]
    assert not Seen.objects.exists()
    made = running("popularity", "popularity")
    first = api.get("/recommendations?n=5").json()
    assert {one["source"] for one in first["recommendations"]} == {"popularity"}
    seen = Seen.objects.get()
    monkeypatch.setattr(clock, "now_ms", lambda: seen.time_ms + 60_000)
    api.get("/recommendations?n=5")
    assignment.forget()  # another process
    api.get("/recommendations?n=5")
    assert Seen.objects.get().time_ms == seen.time_ms
    assert seen.experiment == made
    deciding.stop(made, None)
    assert [one["track"] for one in api.get("/recommendations?n=5").json()["recommendations"]] == plain


def test_a_private_session_is_not_noted(api, fan, running):
    running("popularity", "popularity")
    Listener.objects.filter(pk=fan.pk).update(private_until_ms=clock.now_ms() + 60_000)
    assert api.get("/recommendations?n=5").json()["exposure"] is None
    assert not Seen.objects.exists()


def test_assigning_asks_the_database_nothing(running, listener):
    running("default", "popularity")
    plan_of(listener, "home")
    assignment.saw(listener, "home:for-you")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        for _ in range(20):
            plan_of(listener, "home")
            assignment.saw(listener, "home:for-you")
    assert len(asked) == 0


def test_discover_weekly_is_made_as_the_variant_has_it(fan, engine, running):
    plain = mix_of(fan, "discover-weekly")[1]
    made = running("popularity", "popularity")
    assert mix_of(fan, "discover-weekly")[1] != plain
    deciding.stop(made, None)
    assert mix_of(fan, "discover-weekly")[1] == plain


def test_an_interleaved_page_says_whose_pick_each_track_is(api, fan, running):
    running("default", "popularity", kind="interleaving")
    page = api.get("/recommendations?n=10").json()["recommendations"]
    exposures.flush()
    kept = Exposure.objects.get().tracks
    assert [track[0] for track in kept] == [one["track"] for one in page]
    teams = [track[5] for track in kept]
    assert teams.count("a") == teams.count("b") == 5
    assert "popularity" in {track[1] for track in kept if track[5] == "b"}


def test_a_draft_of_two_pages_credits_each_with_its_picks(engine):
    one, other = engine.recommend([Request(n=6)])[0], most_popular(Request(n=6), engine)
    page = drafted(one, other, 6, seed=1)
    assert len({found.item_id for found in page.recommendations}) == 6
    assert {found.team for found in page.recommendations} == {"a", "b"}


def test_shipping_holds_for_all_and_rolling_back_undoes_it(running, listener, user):
    made = running("default", "popularity", share=0.01)
    deciding.ship(made, made.variants.get(name="b"), user)
    assert plan_of(Listener(key="anybody", pk=-1), "home") == Plan((Step("popularity"),))
    later = running("default", "no-diversity", name="Later")
    plans = {plan_of(Listener(key=f"some-{one}", pk=-one), "home").steps[0].recipe for one in range(50)}
    assert plans == {"popularity", "no-diversity"}, "the control of the next one is what was shipped"
    deciding.stop(later, None)
    deciding.roll_back(made, user)
    assert plan_of(Listener(key="anybody", pk=-1), "home").key == ""
    assert [(one.what, one.user) for one in Decision.objects.filter(experiment=made)] == [
        ("rolled back", user), ("shipped", user), ("started", None), ("defined", None)
    ]  # fmt: skip
    with pytest.raises(BadRequest, match="is rolled back"):
        deciding.roll_back(Experiment.objects.get(pk=made.pk), user)


def test_every_recipe_answers_within_what_is_asked(engine, demo_library):
    asked = Request(n=5, seeds=(), seed=3)
    for name, recipe in RECIPES.items():
        found = Plan((Step(name, tuple(checked(name, {}).items())),)).engine(engine).recommend([asked])[0]
        assert len(found.recommendations) == 5, name
        for one in recipe.parameters:
            for beyond in (one.low - 1, one.high + 1, float("nan"), True, "1"):
                with pytest.raises(BadRequest):
                    checked(name, {one.name: beyond})
    with pytest.raises(BadRequest, match="no recipe"):
        checked("better", {})
    with pytest.raises(BadRequest, match="no parameter"):
        checked("popularity", {"by": 1})
