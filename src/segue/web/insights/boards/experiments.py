"""Experiments: what is tried, what it says, and what is decided."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from segue.errors import BadRequest, NotEnoughData, NotFound, SegueError
from segue.web import clock
from segue.web.accounts.models import User
from segue.web.accounts.staff import for_staff
from segue.web.experiments import deciding, offline, telling
from segue.web.experiments.assignment import SURFACES
from segue.web.experiments.deciding import LONGEST_WINDOW, NewExperiment, NewVariant
from segue.web.experiments.jobs import look_at_all
from segue.web.experiments.metrics import METRICS
from segue.web.experiments.models import Experiment, Variant
from segue.web.experiments.planning import planned
from segue.web.experiments.recipes import RECIPES
from segue.web.insights.base import Entry
from segue.web.insights.figures import experiment_figures
from segue.web.listening.models import listener_of

ENTRY = Entry("experiments", "Experiments", 60)
ARMS = ("a", "b", "c")
_RECIPES = [(name, name) for name in RECIPES]
_METRICS = [(one.id, one.title) for one in METRICS.values()]


class ExperimentForm(forms.Form):
    """What staff write of an experiment: shares in percent."""

    name = forms.CharField(max_length=80)
    hypothesis = forms.CharField(max_length=500, help_text="What you expect to get better, and why.")
    kind = forms.ChoiceField(
        choices=[("comparison", "A comparison: each listener has one variant"),
                 ("interleaving", "An interleaving: pages of both, whose tracks are played?")],
    )  # fmt: skip
    surfaces = forms.MultipleChoiceField(
        label="Where", choices=list(SURFACES.items()), widget=forms.CheckboxSelectMultiple, initial=list(SURFACES)
    )
    recipe_a = forms.ChoiceField(label="Control", choices=_RECIPES, initial="default")
    numbers_a = forms.CharField(
        label="Its numbers", max_length=200, required=False, help_text="As by=0.2; empty: the usual ones."
    )
    recipe_b = forms.ChoiceField(label="Treatment", choices=_RECIPES, initial="dial")
    numbers_b = forms.CharField(label="Its numbers", max_length=200, required=False)
    recipe_c = forms.ChoiceField(label="Another treatment", choices=[("", "none"), *_RECIPES], required=False)
    numbers_c = forms.CharField(label="Its numbers", max_length=200, required=False)
    primary = forms.ChoiceField(label="What decides", choices=_METRICS)
    guardrails = forms.MultipleChoiceField(
        label="What must not get worse", choices=_METRICS, required=False, widget=forms.CheckboxSelectMultiple,
        initial=["skips", "likes"], help_text="One that is surely worse ends the experiment.",
    )  # fmt: skip
    minimum_effect = forms.FloatField(
        label="Smallest change worth it, in percent", min_value=0.1, max_value=100, initial=5,
        help_text="Of what it is now: 5 is from 40% to 42%.",
    )  # fmt: skip
    window_days = forms.IntegerField(
        label="Days that count of each listener", min_value=1, max_value=LONGEST_WINDOW, initial=7
    )
    share = forms.FloatField(label="Share of listeners, in percent", min_value=0.1, max_value=100, initial=100)
    countries = forms.CharField(
        label="Countries", max_length=300, required=False, help_text="Two letters each, as SE, NO. Empty: all."
    )
    new_only = forms.BooleanField(label="Only listeners who sign up after it began", required=False)
    layer = forms.CharField(
        max_length=40, initial="ranking", help_text="Experiments of one layer have no listener in common."
    )
    planned_units = forms.IntegerField(
        label="Listeners it is planned for", min_value=0, max_value=2**31 - 1, required=False,
        help_text="In all variants; “Work out how long” fills it in.",
    )  # fmt: skip

    def clean_countries(self) -> tuple[str, ...]:
        """Codes in capitals, each once."""
        return tuple(dict.fromkeys(re.findall(r"[A-Z]+", self.cleaned_data["countries"].upper())))

    def clean_name(self) -> str:
        """Without the spaces around it."""
        return str(self.cleaned_data["name"]).strip()

    def wanted(self) -> NewExperiment:
        """What was written, as the app takes it. Raises `BadRequest` for numbers that are none."""
        said = self.cleaned_data
        arms = [arm for arm in ARMS if said[f"recipe_{arm}"]]
        variants = tuple(
            NewVariant(_called(said, arm), 1 / len(arms), said[f"recipe_{arm}"], _numbers(said[f"numbers_{arm}"]))
            for arm in arms
        )
        return NewExperiment(
            name=said["name"], hypothesis=said["hypothesis"], kind=said["kind"], variants=variants,
            surfaces=tuple(said["surfaces"]), primary=said["primary"], guardrails=tuple(said["guardrails"]),
            minimum_effect=said["minimum_effect"] / 100, window_days=said["window_days"], share=said["share"] / 100,
            countries=said["countries"], new_only=said["new_only"], layer=said["layer"].strip(),
            planned_units=said["planned_units"] or 0,
        )  # fmt: skip


def _called(said: dict[str, Any], arm: str) -> str:
    """A variant is called by its letter and recipe."""
    return f"{arm.upper()} {said[f'recipe_{arm}']}"


def _numbers(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in filter(None, re.split(r"[,;\s]+", text)):
        name, _, value = part.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            found[name] = value[:40]
    return found


# -- pages ---------------------------------------------------------------------------------------------------------------


@for_staff
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """All experiments, and what to try next."""
    rows = [one | {"since": _day(one["started_ms"]), "until": _day(one["ended_ms"])} for one in telling.listed()]
    next_ones = offline.tried(clock.now_ms())
    about = {"rows": rows, "lotteries": experiment_figures.lotteries(next_ones), "places": _places()}
    return render(request, "insights/experiments.html", about)


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Define one, with how long it would take."""
    form = ExperimentForm(request.POST or None)
    shown: dict[str, Any] = {
        "form": form,
        "recipes": RECIPES.values(),
        "metrics": METRICS.values(),
        "places": _places(),
    }
    if request.method != "POST":
        return render(request, "insights/experiment_form.html", shown)
    if form.is_valid():
        try:
            wanted = form.wanted()
            if "plan" in request.POST:
                return _planned(request, form, wanted, shown)
            assert request.user.is_authenticated
            made = deciding.define(wanted, request.user)
        except SegueError as error:
            form.add_error(None, f"{str(error)[:1].upper()}{str(error)[1:]}.")
        else:
            messages.success(request, "It is a draft: nobody is shown anything until you begin.")
            return redirect("experiment", made.pk)
    return render(request, "insights/experiment_form.html", shown, status=422)


def _planned(request: HttpRequest, form: ExperimentForm, wanted: NewExperiment, shown: dict[str, Any]) -> HttpResponse:
    try:
        plan = planned(
            wanted.surfaces, wanted.countries, wanted.primary, wanted.minimum_effect, wanted.share, len(wanted.variants),
            wanted.window_days, clock.now_ms(),
        )  # fmt: skip
    except NotEnoughData as lack:
        return render(request, "insights/experiment_form.html", shown | {"lack": str(lack)})
    written = request.POST.copy()
    written["planned_units"] = str(plan.planned_units)
    about = {"plan": plan, "metric": METRICS[wanted.primary].title, "form": ExperimentForm(written.dict() | {
        name: written.getlist(name) for name in ("surfaces", "guardrails")
    })}  # fmt: skip
    return render(request, "insights/experiment_form.html", shown | about)


@for_staff
@require_safe
def one(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """One experiment: what it says, over time and now."""
    found = _there(experiment_id)
    told = telling.document(found)
    finding = told["finding"]
    decisions = [one | {"when": _when(one["time_ms"])} for one in told["decisions"]]
    about = {
        "experiment": found, "told": told, "variants": list(found.variants.all()), "decisions": decisions,
        "figures": experiment_figures.figures(found, finding), "verdicts": finding.get("verdicts", []),
        "mismatch": finding.get("mismatch", {}), "seen": list(finding.get("seen", {}).items()),
        "primary": telling.title_of(found.primary), "surfaces": [SURFACES[name] for name in found.surfaces if name in SURFACES],
        "guardrails": [telling.title_of(name) for name in found.guardrails], "places": _places(),
        "tried": found.allowed.select_related("variant", "listener__user"), "at": _when(found.finding.time_ms) if finding else None,
    }  # fmt: skip
    return render(request, "insights/experiment.html", about)


@for_staff
@require_safe
def as_csv(request: HttpRequest, experiment_id: int, figure: str) -> HttpResponse:
    """The table of a figure, whole."""
    from segue.web.insights.views import csv_of  # noqa: PLC0415 - it loads this module

    found = _there(experiment_id)
    drawn = {one.figure.id: one for one in experiment_figures.figures(found, telling.finding(found))}
    if figure not in drawn:
        raise Http404
    answer = HttpResponse(csv_of(drawn[figure].table), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="experiment-{found.pk}-{figure}.csv"'
    return answer


@for_staff
@require_POST
def decide(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """Begin, widen, stop, ship, roll back, let somebody try it, or look again: as the button says."""
    assert request.user.is_authenticated
    found = _there(experiment_id)
    try:
        said = _decided(found, request.POST.get("do", ""), request.POST, request.user)
    except SegueError as error:
        messages.error(request, f"{str(error)[:1].upper()}{str(error)[1:]}.")
    else:
        messages.success(request, said)
    return redirect("experiment", found.pk)


def _decided(found: Experiment, what: str, sent: QueryDict, user: User) -> str:
    if what not in _DO:
        raise Http404
    do, said = _DO[what]
    do(found, sent, user)
    return said


def _allow(found: Experiment, sent: QueryDict, user: User) -> None:
    email = sent.get("email", "").strip()[:254]
    tester = User.objects.filter(email__iexact=email).first() if "\0" not in email else None
    if tester is None:
        raise NotFound("nobody here has that address")
    deciding.allow(found, listener_of(tester), _variant(found, sent) if sent.get("variant") else None, user)


_DO: dict[str, tuple[Callable[[Experiment, QueryDict, User], object], str]] = {
    "start": (
        lambda found, _, user: deciding.start(found, user), "It runs. The first listeners count when their days are over."
    ),
    "widen": (
        lambda found, sent, user: deciding.widen(found, _percent(sent.get("share", "")), user),
        "More listeners are in; everybody who was in has what they had.",
    ),
    "stop": (
        lambda found, _, user: deciding.stop(found, user, "by hand"),
        "It is over: everybody has again what they had before.",
    ),
    "ship": (
        lambda found, sent, user: deciding.ship(found, _variant(found, sent), user), "Shipped: everybody has it now."
    ),
    "roll-back": (
        lambda found, _, user: deciding.roll_back(found, user),
        "Rolled back: what was shown before is shown again.",
    ),
    "allow": (_allow, "Noted. They see it from their next page on, and are not counted."),
    "look": (lambda _found, _sent, _user: look_at_all(), "Looked again."),
}  # fmt: skip


def _percent(text: str) -> float:
    try:
        return float(text[:20]) / 100
    except ValueError:
        raise BadRequest("write a share in percent, as 50") from None


def _variant(found: Experiment, sent: QueryDict) -> Variant:
    chosen = next((one for one in found.variants.all() if str(one.pk) == sent.get("variant", "")), None)
    if chosen is None:
        raise BadRequest("choose one of its variants")
    return chosen


def _there(experiment_id: int) -> Experiment:
    found = Experiment.objects.filter(pk=experiment_id).select_related("finding").first()
    if found is None:
        raise Http404
    return found


def _when(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _day(ms: int | None) -> date | None:
    return None if ms is None else _when(ms).date()


def _places() -> list[tuple[str, str]]:
    from segue.web.insights.views import places  # noqa: PLC0415 - it loads this module

    return places()


PATHS = [
    path("experiments/", listed, name="experiments"),
    path("experiments/new/", new, name="experiment_new"),
    path("experiments/<int:experiment_id>/", one, name="experiment"),
    path("experiments/<int:experiment_id>/decide/", decide, name="experiment_decide"),
    path("experiments/<int:experiment_id>/<slug:figure>.csv", as_csv, name="experiment_csv"),
]
