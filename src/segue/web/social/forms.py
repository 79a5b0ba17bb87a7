"""The form by which one says what others see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from segue.web.social.models import Profile
from segue.web.social.people import LONGEST_NAME, RESERVED, one_line

_HANDLE = re.compile(r"[a-z0-9][a-z0-9_-]{2,38}[a-z0-9]")


if TYPE_CHECKING:
    _Form = forms.ModelForm[Profile]
else:
    _Form = forms.ModelForm


class ProfileForm(_Form):
    """What one is called, one's address, and what those who follow one see."""

    class Meta:
        """Its fields, in plain words."""

        model = Profile
        fields = ("name", "handle", "findable", "shows_listening", "shows_taste", "shows_playlists")
        labels = {
            "name": _("Name"),
            "handle": _("Your address"),
            "findable": _("Others here may find me by my name"),
            "shows_listening": _("Show what I played last"),
            "shows_taste": _("Show my taste"),
            "shows_playlists": _("Show my public playlists"),
        }
        help_texts = {
            "name": _("What friends call you. It also stands on what you share by a link."),
            "handle": _(
                "The end of the link to your page. Whoever has it sees your name and can ask to follow you: the one you were given"
                " cannot be guessed, one of your own can."
            ),
            "findable": _("Without this, only who has your link finds you."),
            "shows_listening": _("The last 20 tracks, never those of private sessions."),
            "shows_taste": _(
                "Your artists and genres of the last three months. With a friend who shows theirs, there is also a mix for you"
                " both."
            ),
            "shows_playlists": _("Private ones are never shown."),
        }

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.fields["name"].required = True

    def clean_name(self) -> str:
        """The name in one line."""
        name = one_line(self.cleaned_data["name"])[:LONGEST_NAME]
        if not name:
            raise forms.ValidationError(gettext("Write a name that can be seen."))
        return name

    def clean_handle(self) -> str:
        """The address, if it is free."""
        handle = str(self.cleaned_data["handle"]).lower()
        if not _HANDLE.fullmatch(handle) or handle in RESERVED:
            raise forms.ValidationError(
                gettext("Use 4 to 40 letters a to z, digits, - and _, with a letter or digit at both ends.")
            )
        return handle
