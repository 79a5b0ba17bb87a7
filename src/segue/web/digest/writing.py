"""A letter written out: as text, as HTML that mail clients understand, and as a message with its pictures.

The pictures go along with the letter, a few kB each; the HTML names them by `cid:`. Linked ones would tell the service who
opened which letter when, most clients do not load them unasked, and a home server cannot be reached from where mail is read.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from segue.web.accounts.adapters import at_home
from segue.web.covers.art import Picture
from segue.web.digest import links
from segue.web.digest.contents import Contents, Page, Shelf, all_lines, contents_of
from segue.web.digest.pictures import picture_of
from segue.web.digest.weeks import Week
from segue.web.listening.models import Listener

POLICY = SMTP.clone(max_line_length=900)
"""Long lines of headers stay as they are: folded, the addresses in them would be encoded. SMTP takes 998 (RFC 5321, 4.5.3.1.6)."""


@dataclass(frozen=True)
class Written:
    """A letter as it is read. `pictures` stand under their names in the HTML (`cid:`); `pages`, what it recommends."""

    subject: str
    text: str
    html: str
    pictures: dict[str, Picture]
    pages: list[Page]

    def with_pictures_inside(self) -> str:
        """The HTML with its pictures in it, to be looked at outside of a letter."""
        html = self.html
        for name, picture in self.pictures.items():
            html = html.replace(f"cid:{name}", f"data:{picture.kind};base64,{b64encode(picture.data).decode()}")
        return html


@dataclass(frozen=True)
class _Line:
    """A track with the name of its picture."""

    title: str
    by: str
    why: str
    href: str
    like: str
    dislike: str
    picture: str


def letter_to(listener: Listener, week: Week, at_ms: int) -> Written | None:
    """The letter of a week, in the listener's language; None where there is nothing to recommend. Raises `BadSnapshot`."""
    with translation.override((listener.user.language if listener.user else "") or settings.LANGUAGE_CODE):
        contents = contents_of(listener, week, at_ms)
        return None if contents.is_empty else written(contents, listener)


def written(contents: Contents, listener: Listener) -> Written:
    """The letter, in the language that is spoken now."""
    name = listener.user.name.strip().split(" ")[0] if listener.user else ""
    found = {line.row.cover: picture_of(line.row) for line in all_lines(contents)}
    there = {cover: picture for cover, picture in found.items() if picture is not None}
    names = {cover: f"cover-{place}@segue" for place, cover in enumerate(there)}
    pictures = {names[cover]: picture for cover, picture in there.items()}
    subject = _subject(contents)
    about = {
        "subject": subject, "name": name, "week": contents.week, "numbers": contents.numbers,
        "weekly": _shelf(contents.weekly, names), "new": _shelf(contents.new, names),
        "lately": [_shelf(one, names) for one in contents.lately], "days": _days(contents),
        "home": at_home("/"), "settings": at_home(reverse("accounts_profile")), "end": links.end(listener.pk),
        "language": translation.get_language() or "en",
    }  # fmt: skip
    text = re.sub(r"\n{3,}", "\n\n", render_to_string("digest/letter.txt", about)).strip() + "\n"
    html = re.sub(r">\s+<", "> <", render_to_string("digest/letter.html", about)).strip() + "\n"
    return Written(subject, text, html, pictures, contents.pages)


def _subject(contents: Contents) -> str:
    first = next((line.row for line in all_lines(contents)), None)
    if contents.weekly is not None and first is not None:
        by = first.artists[0].name if first.artists else first.title
        return " ".join((_("Your Discover Weekly: %(artist)s and more") % {"artist": by}).split())[:120]
    return _("Your week in music")


def _shelf(shelf: Shelf | None, names: dict[str, str]) -> dict[str, object] | None:
    if shelf is None:
        return None
    lines = [
        _Line(one.row.title, one.row.by, one.row.why, one.href, one.like, one.dislike, names.get(one.row.cover, ""))
        for one in shelf.lines
    ]  # fmt: skip
    return {"title": shelf.title, "why": shelf.why, "href": shelf.href, "more": shelf.more, "lines": lines}


def _days(contents: Contents) -> list[dict[str, object]]:
    """The bars of the week: how long each is (percent), beside what is left of its row."""
    if contents.numbers is None:
        return []
    most = max(one.plays for one in contents.numbers.days) or 1
    return [
        {"day": one.day, "plays": one.plays, "wide": round(80 * one.plays / most), "left": 100 - round(80 * one.plays / most),
         "bar": "▇" * round(20 * one.plays / most)}
        for one in contents.numbers.days
    ]  # fmt: skip


# -- as a message --------------------------------------------------------------------------------------------------------


def sender() -> tuple[str, str]:
    """Who letters come from: the name and the address."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return name, address or "segue@localhost"


def message_id(listener_id: int, week: Week) -> str:
    """What a letter is called. It follows from its listener and week, and nobody else can tell it (delivery reports name it)."""
    sealed = salted_hmac("segue.digest.message", f"{listener_id} {week.name}", algorithm="sha256").hexdigest()[:32]
    return f"<{week.name}.{sealed}@{sender()[1].rpartition('@')[2]}>"


def message(letter: Written, listener: Listener, week: Week, address: str, at_ms: int) -> EmailMessage:
    """The letter as a message: text, and HTML with its pictures; with what ends the letters by one click (RFC 8058)."""
    made = EmailMessage(policy=SMTP)
    name, source = sender()
    made["From"] = formataddr((name, source))
    made["To"] = address
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(datetime.fromtimestamp(at_ms / 1000, UTC))
    made["Message-ID"] = message_id(listener.pk, week)
    made["Auto-Submitted"] = "auto-generated"
    made["List-Id"] = f"Weekly letter <weekly-letter.{source.rpartition('@')[2]}>"
    end = links.end(listener.pk)
    made["List-Unsubscribe"] = f"<{end}>"
    if end.startswith("https:"):  # the standard asks for it
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(letter.text, cte="quoted-printable")
    made.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    html = made.get_body(("html",))
    assert html is not None
    for name, picture in letter.pictures.items():
        kind = picture.kind.partition("/")[2]
        html.add_related(
            picture.data, "image", kind, cid=f"<{name}>", disposition="inline", filename=f"{name[:-6]}.{kind}"
        )
    return made
