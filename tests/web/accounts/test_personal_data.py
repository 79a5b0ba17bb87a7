"""Everything that is held of somebody, to take along."""

import csv
import io
import json
import tracemalloc
import zipfile

import pytest
from allauth.account.models import EmailConfirmation
from allauth.socialaccount.models import SocialToken
from django.contrib.auth.models import Group, Permission
from django.test import Client

from segue.web.accounts.models import User
from segue.web.accounts.personal_data import TABLES, as_zip, everything_of, parts_of_zip
from segue.web.listening.models import Listen, listener_of
from tests.web.accounts.conftest import is_signed_in, sign_in
from tests.web.accounts.person import catalogue, live, models_of_people

NOT_TOLD = {
    EmailConfirmation: "a letter that is under way",
    SocialToken: "none is kept",
    User.groups.through: "what staff may do",
    User.user_permissions.through: "what staff may do",
    Group: "no person's",
    Permission: "no person's",
}


@pytest.fixture
def known(user, stranger):
    """`user` and a stranger, with a row in every table."""
    sign_in(Client(headers={"user-agent": "There/2"}))
    live(stranger)
    live(user)
    return user


def _zip(user) -> zipfile.ZipFile:
    file = io.BytesIO()
    as_zip(user, file)
    return zipfile.ZipFile(file)


def _csv(made: zipfile.ZipFile, name: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(made.read(f"{name}.csv").decode(), newline="")))


def test_every_table_that_holds_anything_of_people_is_told():
    told = {table.model for table in TABLES}
    assert {model._meta.label for model in models_of_people() if model not in told and model not in NOT_TOLD} == set()


def test_every_column_is_told_or_known_not_to_be():
    kept_back = {
        "accounts.User": {"password"},
        "accounts.Token": {"digest"},
        "api.KeptAnswer": {"request"},
        "jobs.Job": {"heard_from"},
        "listening.Listen": {"event"},
        "mfa.Authenticator": {"data"},
        "playlists.Invitation": {"token"},
        "usersessions.UserSession": {"session_key", "data"},
    }
    for table in TABLES:
        told = {str(column.of).partition("__")[0] for column in table.columns if isinstance(column.of, str)}
        fields = {field.name for field in table.model._meta.concrete_fields if not field.is_relation}
        extra = fields - told - {"id"} - kept_back.get(table.model._meta.label, set())
        assert not extra, f"{table.name} does not tell {extra}"


def test_it_holds_all_that_is_known_and_nothing_of_anybody_else(known):
    everything = everything_of(known)
    assert all(everything.values()), "each table has a row"
    text = json.dumps(everything)
    assert "anna searches" in text
    assert "bo@example.org" not in text
    assert "bo searches" not in text
    assert everything["account"][0]["email"] == "anna@example.org"
    assert everything["listens"][0] == {
        "track_key": "track-1", "track": "=Rain+1", "artist_key": None, "artist": "The Weather", "time_ms": 1_700_000_000_000,
        "position": None, "ms_played": 1000, "skipped": None, "plays": 1, "source": "anna's player",
    }  # fmt: skip
    assert everything["listens"][1]["artist"] == "The Weather"
    assert everything["playlist_tracks"][0]["playlist_key"] == everything["playlists"][0]["key"]
    assert everything["devices"][0]["program"] == "There/2"


def test_no_secret_is_among_it(known):
    text = json.dumps(everything_of(known))
    secrets = [known.password, known.tokens.get().digest, "anna-secret-seed", "anna-secret-token", "anna-confirms",
               *known.usersession_set.values_list("session_key", flat=True)]  # fmt: skip
    assert [secret for secret in secrets if secret in text] == []


def test_the_zip_says_the_same_in_json_in_csv_and_in_words(known):
    made = _zip(known)
    assert made.testzip() is None
    assert set(made.namelist()) == {"README.txt", "everything.json", *(f"{table.name}.csv" for table in TABLES)}
    everything = json.loads(made.read("everything.json"))
    assert everything == everything_of(known)
    for table in TABLES:
        rows = _csv(made, table.name)
        assert len(rows) == len(everything[table.name])
        assert all(list(row) == [column.name for column in table.columns] for row in rows)
    readme = made.read("README.txt").decode()
    for table in TABLES:
        assert f"\n{table.name}: {table.meaning}" in readme
        assert all(f"  {column.name} " in readme and column.meaning in readme for column in table.columns)


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(known, words):
    known.listener.searches.update(words=words)
    made = _zip(known)
    assert _csv(made, "searches")[0]["words"] == f"'{words}"
    assert json.loads(made.read("everything.json"))["searches"][0]["words"] == words, "JSON has it as it is"
    assert _csv(made, "listens")[0]["track"] == "'=Rain+1"


def test_text_of_every_kind_survives(known):
    words = 'Sigur Rós, "Ágætis\nbyrjun"; 🎵 <b>'
    known.listener.searches.update(words=words)
    made = _zip(known)
    assert _csv(made, "searches")[0]["words"] == words
    assert json.loads(made.read("everything.json"))["searches"][0]["words"] == words


@pytest.mark.one_database
def test_much_listening_needs_no_more_memory(user):
    listener, (track, _artist) = listener_of(user), catalogue()

    def peak(listens: int) -> int:
        there = Listen.objects.count()
        rows = (
            Listen(listener=listener, track=track, time_ms=n, event=n, source="x" * 50) for n in range(there, listens)
        )
        Listen.objects.bulk_create(rows, batch_size=2000)
        tracemalloc.start()
        size = sum(len(part) for part in parts_of_zip(user))
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert size
        return most

    few = peak(10_000)
    assert peak(40_000) < 1.3 * few


def test_one_downloads_ones_own(signed_in, known):
    answer = signed_in.get("/accounts/export/")
    assert answer.status_code == 200
    assert answer.streaming
    assert answer["Content-Type"] == "application/zip"
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    made = zipfile.ZipFile(io.BytesIO(b"".join(answer)))
    assert json.loads(made.read("everything.json"))["account"][0]["email"] == known.email


def test_not_over_and_over(signed_in):
    answers = [signed_in.get("/accounts/export/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert is_signed_in(signed_in)
