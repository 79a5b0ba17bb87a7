"""What somebody says of themselves, all of it optional, and the switch to listen in private."""

from __future__ import annotations

import functools
import zoneinfo
from typing import Any

from django import forms
from django.conf.locale import LANG_INFO
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from segue.web import clock
from segue.web.accounts.countries import COUNTRIES
from segue.web.accounts.models import User
from segue.web.digest.joining import standing
from segue.web.listening import privately
from segue.web.listening.models import Listener, listener_of

EARLIEST_YEAR = 1880
_GENDERS = (("", ""), ("female", _("Female")), ("male", _("Male")), ("other", _("Other")))


def _countries() -> list[tuple[str, str]]:
    return [("", ""), *COUNTRIES.items()]


def _languages() -> list[tuple[str, str]]:
    """The languages of ISO 639-1 that Django knows by name."""
    known = {code: gettext(info["name"]) for code, info in LANG_INFO.items() if "name" in info and len(code) == 2}
    return sorted(({**known, "zh": gettext("Chinese")}).items(), key=lambda language: language[1])


@functools.cache
def _zones() -> list[tuple[str, str]]:
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [("", ""), ("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


class ProfileForm(forms.Form):
    """A name, and what helps to recommend: each field says what it is for, and may stay empty."""

    name = forms.CharField(
        label=_("Name"), required=False, max_length=100,
        help_text=_("What you are called here. Only you see it."),
    )  # fmt: skip
    country = forms.ChoiceField(
        label=_("Country"), required=False, choices=_countries,
        help_text=_("For what is played around you: your first recommendations, and what is popular there."),
    )  # fmt: skip
    birth_year = forms.IntegerField(
        label=_("Year of birth"), required=False, min_value=EARLIEST_YEAR,
        help_text=_("For first recommendations: people of an age often share the music of their youth."),
    )  # fmt: skip
    gender = forms.ChoiceField(
        label=_("Gender"), required=False, choices=_GENDERS,
        help_text=_("To check that recommendations are as good for everybody. You are recommended nothing else because of it."),
    )  # fmt: skip
    languages = forms.MultipleChoiceField(
        label=_("Languages you like to hear"), required=False, choices=_languages,
        help_text=_("Songs in these come first where there is a choice. None chosen: any language."),
    )  # fmt: skip
    timezone = forms.ChoiceField(
        label=_("Time zone"), required=False, choices=_zones,
        help_text=_("So that a morning mix comes in your morning, and a new week begins on your Monday."),
    )  # fmt: skip

    @classmethod
    def of(cls, user: User, listener: Listener) -> ProfileForm:
        """The form with what is known."""
        known = {name: getattr(listener, name) for name in _OF_LISTENER}
        return cls(initial={**known, "name": user.name})

    def clean_birth_year(self) -> int | None:
        """The year, if it has begun."""
        year: int | None = self.cleaned_data["birth_year"]
        if year is not None and year > timezone.now().year:
            raise forms.ValidationError(gettext("That year has not begun."))
        return year

    def save(self, user: User, listener: Listener) -> None:
        """Keep what was given; what stayed empty is kept no longer."""
        given = self.cleaned_data
        kept: dict[str, Any] = {name: given[name] or None for name in ("country", "birth_year", "gender")}
        kept |= {"languages": given["languages"], "timezone": given["timezone"] or "UTC"}
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(name=given["name"])
            Listener.objects.filter(pk=listener.pk).update(**kept)
            Listener.changed(listener.pk)


_OF_LISTENER = ("country", "birth_year", "gender", "languages", "timezone")


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """The profile, to be read and changed."""
    assert isinstance(request.user, User)
    listener = listener_of(request.user)
    form = ProfileForm(request.POST) if request.method == "POST" else ProfileForm.of(request.user, listener)
    if request.method == "POST" and form.is_valid():
        form.save(request.user, listener)
        messages.success(request, gettext("Your profile is saved."))
        return redirect("accounts_profile")
    shown = {
        "form": form,
        "listener": listener,
        "private": listener.is_private(clock.now_ms()),
        "letter": standing(listener),
    }
    return render(request, "accounts/profile.html", shown)


@login_required
@require_POST
def private(request: HttpRequest) -> HttpResponse:
    """Listen in private for six hours (`on=1`), or no longer (`on=0`): meanwhile nothing is recorded."""
    assert isinstance(request.user, User)
    listener = listener_of(request.user)
    begins = request.POST.get("on") == "1"
    (privately.begin if begins else privately.end)(listener)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    text = gettext("You listen in private for six hours.") if begins else gettext("What you play counts again.")
    messages.success(request, text)
    return redirect("home")
