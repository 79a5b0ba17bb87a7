"""What is held of somebody: to see, to take along, and to have erased."""

from __future__ import annotations

import math
from datetime import date

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from segue.web.accounts import erasure, personal_data
from segue.web.accounts.models import User
from segue.web.api import limits

EXPORTS_PER_MINUTE = 2


class DeleteForm(forms.Form):
    """That it is meant."""

    confirm = forms.BooleanField(
        label=_("Erase my account and everything in it"),
        help_text=_("What you played, said, searched and made here goes for good. Nobody can bring it back."),
    )


@login_required
@require_GET
def data(request: HttpRequest) -> HttpResponse:
    """What can be done with one's data."""
    return render(request, "accounts/data.html", {"tables": personal_data.TABLES})


@login_required
@never_cache
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """Everything that is held of the person, as a zip that is made while it is sent."""
    assert isinstance(request.user, User)
    standing = limits.take(f"export:{request.user.pk}", EXPORTS_PER_MINUTE)
    if standing.wait_s:
        wait = math.ceil(standing.wait_s)
        text = gettext("You asked for your data a moment ago. Try again in %s seconds.") % wait + "\n"
        return HttpResponse(text, status=429, content_type="text/plain", headers={"Retry-After": str(wait)})
    response = StreamingHttpResponse(personal_data.parts_of_zip(request.user), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="segue-{date.today():%Y-%m-%d}.zip"'  # noqa: DTZ011
    return response


@login_required
@reauthentication_required
@never_cache
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Erase the account, once its owner has shown who they are and said that it is meant."""
    assert isinstance(request.user, User)
    form = DeleteForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "accounts/delete.html", {"form": form}, status=422 if form.errors else 200)
    erasure.erase(request.user)
    logout(request)
    return render(request, "accounts/deleted.html")
