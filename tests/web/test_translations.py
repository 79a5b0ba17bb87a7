"""The pages in another language: no text is missing, none is broken, and what the engine says is translated as well."""

import ast
import gettext
import inspect
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from segue.engine import wording as english
from segue.engine.request import Because, Reason
from segue.web.catalog.models import Track
from segue.web.discovery import wording
from segue.web.discovery.mixes import mixes_of
from segue.web.listening.models import Feedback

PLACE = settings.LOCALE_PATHS[0] / "da" / "LC_MESSAGES"
FILES = [PLACE / f"{domain}.po" for domain in ("django", "djangojs")]
GAP = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w+\}|<a href=[^>]+>")
PORTISHEAD = Because("t1", "Roads", ("Portishead",), 0.6)
SIMON = Because("t2", "Cecilia", ("Simon and Garfunkel",), 0.4)


def entries(path: Path) -> list[dict[str, str]]:
    """Of each text its comments and fields, as "msgid", "msgstr" or "msgstr[0]"."""
    found = []
    for block in path.read_text("utf-8").strip().split("\n\n"):
        entry, field = {"#": ""}, ""
        for line in block.splitlines():
            if line.startswith("#"):
                entry["#"] += line
                continue
            name, _, text = line.rpartition(" ") if line.startswith('"') else line.partition(" ")
            field = field if line.startswith('"') else name
            entry[field] = entry.get(field, "") + ast.literal_eval(line if line.startswith('"') else text)
        found.append(entry)
    assert found[0]["msgid"] == ""
    return found[1:]


@pytest.mark.one_database
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
class TestTheFile:
    """A file of translations."""

    def test_every_text_is_translated_and_looked_at(self, path):
        for entry in entries(path):
            said = [text for field, text in entry.items() if field.startswith("msgstr")]
            assert all(said), entry
            assert len(said) == (2 if "msgid_plural" in entry else 1), entry
            assert "fuzzy" not in entry["#"], entry

    def test_the_same_gaps_are_filled(self, path):
        for entry in entries(path):
            for field, text in entry.items():
                if not field.startswith("msgstr"):
                    continue
                of = (
                    [entry["msgid_plural"]] if field == "msgstr[1]" else [entry["msgid"], entry.get("msgid_plural", "")]
                )
                gaps = sorted(GAP.findall(text))
                # One thing may be named without its number.
                assert gaps in [sorted(GAP.findall(each)) for each in of], entry

    def test_what_is_compiled_is_what_is_written(self, path):
        with path.with_suffix(".mo").open("rb") as file:
            compiled = dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]
        compiled.pop("")
        written = {}
        for entry in entries(path):
            key = f"{entry['msgctxt']}\x04{entry['msgid']}" if "msgctxt" in entry else entry["msgid"]
            if "msgid_plural" in entry:
                written |= {(key, 0): entry["msgstr[0]"], (key, 1): entry["msgstr[1]"]}
            else:
                written[key] = entry["msgstr"]
        assert compiled == written, "run `make texts`"


SAID = [
    *(english.owes_to(because, part, verbs, words)
      for because in ([PORTISHEAD], [PORTISHEAD, SIMON]) for part in ("ease", "content")
      for verbs in (["played"], ["like"], ["looked for"], ["like", "played"]) for words in ([], ["calm", "trip hop"])),
    english.listeners(1234), english.new("Tricky", own=True), english.new("Tricky", own=False),
    english.related("Tricky", "Portishead"), english.explored(), english.rest(played=True), english.rest(played=False),
    *map(english.crowd, ("country-DK", "age-20-29", "community-3", "trending", "overall")),
]  # fmt: skip


@pytest.mark.one_database
class TestReasons:
    """What the engine says."""

    def test_samples_are_of_all_that_makes_reasons(self):
        makers = {
            name for name, one in inspect.getmembers(english, inspect.isfunction)
            if one.__module__ == english.__name__ and one.__annotations__.get("return") == "Reason"
        }  # fmt: skip
        assert makers == {"owes_to", "listeners", "new", "related", "explored", "crowd", "rest"}

    def test_words_for_sounds_are_known(self):
        assert {word for pair in english._WORDS.values() for word in pair if word} == set(wording._SOUNDS)

    @pytest.mark.parametrize("reason", SAID, ids=lambda reason: reason.text)
    def test_each_is_translated_and_stays_as_it_is_in_english(self, reason):
        assert wording.form_of(reason.text), reason.text
        assert wording.told(reason) == reason.text
        with translation.override("da"):
            assert wording.told(reason) != reason.text

    def test_names_stay_as_they_are(self):
        with translation.override("da"):
            assert wording.told(SAID[0]) == "fordi du har spillet Portishead"
            both = english.owes_to([PORTISHEAD, SIMON], "ease", ["played"], [])
            assert wording.told(both) == "fordi du har spillet Portishead og Simon and Garfunkel"
            alone = english.owes_to([SIMON], "ease", ["played"], [])
            assert wording.told(alone) == "fordi du har spillet Simon and Garfunkel"
            sounds = english.owes_to([PORTISHEAD], "content", ["played"], ["calm", "trip hop"])
            assert wording.told(sounds) == "lyder som Portishead - Roads: roligt, trip hop"

    def test_numbers_months_and_times_are_written_as_the_language_does(self):
        with translation.override("da"):
            assert wording.told(english.listeners(1234)) == "1.234 lyttere med din smag spiller dette"
            text = "you like it and played it 12 times, last in March 2025"
            assert wording.in_language(text) == "du kan lide det og har spillet det 12 gange, senest i marts 2025"
            text = "new from Tricky, whom you play, out since 4 May 2026"
            assert wording.in_language(text) == "nyt fra Tricky, som du spiller, ude siden 4. maj 2026"
            text = "a member of Massive Attack, says MusicBrainz"
            assert wording.in_language(text) == "medlem af Massive Attack, siger MusicBrainz"

    def test_a_sentence_of_no_known_form_is_left(self):
        with translation.override("da"):
            assert wording.told(Reason("played", "it rained")) == "it rained"

    def test_what_went_wrong_is_said_too(self):
        text = "'xyz' says nothing of music here: say how it should sound (calm, happy, fast, for sleep) or what it is (pop)"
        with translation.override("da"):
            assert wording.in_language(text, wording.PROBLEMS).startswith("'xyz' siger intet om musik her")
            text = "no genre 'popp' here: did you mean pop or soul?"
            assert wording.in_language(text, wording.PROBLEMS) == "ingen genre 'popp' her: mente du pop eller soul?"

    def test_all_that_mixes_say_has_a_form(self, catalogue, snapshot, listener):
        for track in Track.objects.order_by("pk")[:40]:
            Feedback.objects.create(listener=listener, track=track, kind="like", time_ms=1_700_000_000_000)
        _snapshot, made = mixes_of(listener)
        assert len(made) > 3
        for mix in made:
            assert wording.form_of(mix.title, wording.TITLES), mix.title
            assert wording.form_of(mix.sentence, wording.SENTENCES), mix.sentence
            for reason in (reason for track in mix.tracks for reason in track.reasons):
                assert wording.form_of(reason.text), reason.text
        with translation.override("da"):
            said = wording.told_mix(made[0])
            assert said.sentence != made[0].sentence
            assert said.tracks == made[0].tracks


class TestPages:
    """What people read."""

    @pytest.fixture
    def danish(self, client, user):
        client.force_login(user)
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "da,en;q=0.5"
        return client

    def test_a_page_is_danish_throughout(self, danish, listener):
        listener.welcomed = True
        listener.save()
        for name in ("stations", "library", "friends", "imports", "accounts_profile", "taste"):
            text = danish.get(reverse(name)).content.decode()
            assert '<html lang="da"' in text
            assert "Bibliotek" in text
            for word in (
                "Library",
                "Your playlists",
                "Skip to content",
                "Now playing",
                "Sign out",
                "Nothing",
                "Friends",
                "Save",
            ):
                assert f">{word}" not in text, (name, word)

    def test_scripts_speak_it_too(self, danish):
        text = danish.get(reverse("texts")).content.decode()
        assert "Du er offline." in text
        assert "Der er ingen sangtekst" in text

    def test_the_language_is_chosen_and_kept(self, danish):
        to = danish.post(reverse("set_language"), {"language": "en", "next": "https://elsewhere.example/"})
        assert "elsewhere" not in to["Location"]
        assert '<html lang="en"' in danish.get(reverse("accounts_profile")).content.decode()
        danish.post(reverse("set_language"), {"language": "xx"})
        assert '<html lang="en"' in danish.get(reverse("accounts_profile")).content.decode()
