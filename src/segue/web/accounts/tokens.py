"""Keys for programs: seen, made and withdrawn by the person they belong to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from segue.web.accounts.models import SCOPES, Token, User

MOST = 50
MEANINGS = {
    "read": _("Read: recommendations, mixes, the catalogue, what you played and said"),
    "listen": _("Listen: send what you play"),
    "write": _("Write: likes, playlists, stations and your taste"),
    "import": _("Import: bring in listening histories and playlists"),
    "account": _("Account: see your settings and data, and erase the account"),
    "staff": _("Staff: what only those who run the service may do"),
}
LASTING = (("30", _("30 days")), ("90", _("90 days")), ("365", _("A year")), ("", _("Until you withdraw it")))


class TokenForm(forms.Form):
    """A name, what the token may do, and for how long."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("What uses it, as “phone” or “scrobbler”."))
    scopes = forms.MultipleChoiceField(label=_("It may"), widget=forms.CheckboxSelectMultiple)
    days = forms.ChoiceField(label=_("Valid for"), choices=LASTING, required=False, initial="365")

    def __init__(self, *args: Any, user: User, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user
        mine = [scope for scope in SCOPES if scope != "staff" or user.is_staff]
        self.fields["scopes"].choices = [(scope, MEANINGS[scope]) for scope in mine]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What was given, where there is room for one more."""
        if self.user.tokens.count() >= MOST:
            raise forms.ValidationError(gettext("You have %d tokens, which is the most. Withdraw one first.") % MOST)
        return super().clean() or {}

    def issue(self) -> str:
        """Make the token; gives its key."""
        given = self.cleaned_data
        expires = timezone.now() + timedelta(days=int(given["days"])) if given["days"] else None
        return Token.issue(self.user, given["name"], given["scopes"], expires)[1]


@login_required
@reauthentication_required(allow_get=True)
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The tokens there are, and a form for one more. The key of a new one is shown in this answer, and never again."""
    assert isinstance(request.user, User)
    form, key = TokenForm(request.POST if request.method == "POST" else None, user=request.user), None
    if form.is_valid():
        key = form.issue()
        form = TokenForm(user=request.user)
    mine = request.user.tokens.order_by("-created")
    return render(request, "accounts/tokens.html", {"form": form, "mine": mine, "key": key, "now": timezone.now()})


@login_required
@require_POST
def withdraw(request: HttpRequest, token_id: int) -> HttpResponse:
    """Withdraw a token: it is of no use from now on."""
    assert isinstance(request.user, User)
    deleted, _rows = request.user.tokens.filter(pk=token_id).delete()
    if not deleted:
        raise Http404
    messages.success(request, gettext("The token is withdrawn. What used it is signed out."))
    return redirect("accounts_tokens")
