"""What is kept of one, why and for how long; and how to take it along, to hide, and to go."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from segue.web.accounts.models import User
from segue.web.accounts.personal_tables import TABLES, Table
from segue.web.jobs.cleaning import days_kept
from segue.web.listening import privately
from segue.web.listening.models import listener_of

_TASTE = _("To recommend you music.")
_SIGN_IN = _("So that you, and nobody else, can sign in.")
_FRIENDS = _("To show others what you let them see.")
WHY = {
    "account": _SIGN_IN, "email_addresses": _SIGN_IN, "services": _SIGN_IN, "second_factors": _SIGN_IN,
    "devices": _("So that you see where you are signed in."),
    "tokens": _("So that programs you allowed can speak for you."),
    "listener": _TASTE, "listens": _TASTE, "feedback": _TASTE, "searches": _TASTE, "taggings": _TASTE,
    "not_my_taste": _("So that what others played does not count as yours."),
    "playlists": _("They are yours; their songs also count as your taste."),
    "playlist_tracks": _("They are yours; their songs also count as your taste."),
    "exposures": _("To learn whether recommendations are any good, and not to show the same again and again."),
    "outcomes": _("To learn whether recommendations are any good."),
    "mixes": _("So that they are there at once when you come."),
    "stations": _("To go on where you stopped."),
    "jobs": _("To tell you what came of your imports."),
    "kept_answers": _("So that nothing is done twice when a program asks twice."),
    "experiments": _("To learn which way of recommending is better."),
    "weekly_letter": _("To write to you only while you want it."),
    "letters": _("So that no letter comes twice."),
    "letter_links": _("So that each link works once."),
}  # fmt: skip
"""Why a table is kept, by its name."""
CALLED = {
    "account": _("Account"), "listener": _("Listener"), "email_addresses": _("Email addresses"),
    "services": _("Services"), "second_factors": _("Second factors"), "devices": _("Devices"), "tokens": _("Tokens"),
    "listens": _("Listens"), "feedback": _("Feedback"), "not_my_taste": _("Not my taste"), "taggings": _("Taggings"),
    "searches": _("Searches"), "playlists": _("Playlists"), "playlist_tracks": _("Playlist tracks"),
    "playlist_memberships": _("Playlist memberships"), "playlist_invitations": _("Playlist invitations"),
    "exposures": _("Exposures"), "outcomes": _("Outcomes"), "mixes": _("Mixes"), "stations": _("Stations"), "latest": _("Latest"),
    "profile": _("Profile"), "follows": _("Follows"), "followers": _("Followers"), "blocks": _("Blocks"),
    "asks": _("Asks"), "asked": _("Questions to you"), "shares": _("Shares"), "picks": _("Picks"), "jobs": _("Jobs"),
    "kept_answers": _("Kept answers"), "experiments": _("Experiments"), "experiments_tried": _("Experiments to try"),
    "decisions": _("Decisions"), "weekly_letter": _("Weekly letter"), "letters": _("Letters"),
    "letter_links": _("Links of letters"),
}  # fmt: skip
"""What a table is called, by its name."""
_DAY = _("a day")
_UNTIL = {"kept_answers": _DAY, "devices": _("until you sign out there")}


@login_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The page."""
    assert isinstance(request.user, User)
    listener = listener_of(request.user)
    until = _UNTIL | _retained()
    kept = [
        (
            CALLED[table.name],
            gettext(table.meaning),
            WHY.get(table.name, ""),
            _n(table, request.user),
            until.get(table.name, ""),
        )
        for table in TABLES
    ]
    return render(request, "pages/privacy.html", {
        "kept": kept, "listener": listener, "sign_in_days": settings.SESSION_COOKIE_AGE // 86_400,
    })  # fmt: skip


def _retained() -> dict[str, str]:
    """How long what is cleared away by age is kept, by table."""
    kept = days_kept()
    kept |= {"outcomes": kept["exposures"]} if "exposures" in kept else {}
    return {name: ngettext("%d day", "%d days", days) % days for name, days in kept.items()}


def _n(table: Table, user: User) -> int:
    return table.model._default_manager.filter(**{table.whose: user.pk}).count()


@login_required
@require_POST
def private(request: HttpRequest) -> HttpResponse:
    """Listen in private for six hours (`on=1`), or no longer."""
    listener = listener_of(request.user)
    if request.POST.get("on") == "1":
        privately.begin(listener)
    else:
        privately.end(listener)
    return redirect("privacy")


PATHS = [
    path("privacy/", privacy, name="privacy"),
    path("privacy/private/", private, name="privacy_private"),
]
