"""Who is erased is gone, and does not come back."""

import subprocess
from pathlib import Path

import polars as pl
import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as current
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from segue.errors import Busy
from segue.home import Home
from segue.library import Library
from segue.web.accounts.erasure import erase, forget_erased, is_erased
from segue.web.accounts.models import User
from segue.web.jobs.models import Job
from segue.web.listening.models import Erased, Listener, listener_of
from tests.web.accounts.conftest import confirm_who_one_is, is_signed_in, sign_in
from tests.web.accounts.person import live, models_of_people, rows_of

LIBRARY = Library.of(
    tracks=pl.DataFrame({"track_id": ["t1", "t2"], "title": ["One", "Two"]}),
    listens=pl.DataFrame({"listener_id": ["listener-of-old", "bo"], "track_id": ["t1", "t2"]}),
    feedback=pl.DataFrame(
        {"listener_id": ["listener-of-old", "bo"], "track_id": ["t1", "t2"], "kind": ["like", "like"]}
    ),
    taggings=pl.DataFrame({"listener_id": ["listener-of-old", "bo"], "track_id": ["t1", "t2"], "tag": ["a", "b"]}),
    playlists=pl.DataFrame({"playlist_id": ["p1", "p2", "p3"], "listener_id": ["listener-of-old", "bo", None]}),
)


@pytest.fixture
def home(settings, tmp_path) -> Home:
    settings.HOME = Home(tmp_path)
    return settings.HOME


def _dump() -> str:
    """Every row of every table of the database, as text, and for SQLite the bytes of its files."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            parts.append(f"{table}: {cursor.fetchall()}")
    parts += [str(session.get_decoded()) for session in Session.objects.all()]
    if connection.vendor == "sqlite":
        file = str(connection.settings_dict["NAME"])
        # By another process: closing a file here would drop the locks that SQLite has on it.
        files = [one for one in (file, f"{file}-wal") if Path(one).exists()]
        parts.append(subprocess.run(["cat", *files], capture_output=True, check=True).stdout.decode("latin1"))
    return "\n".join(parts)


def test_nothing_of_somebody_is_left_in_the_database(transactional_db, home):
    anna = User.objects.create_user("anna.a@example.org", "correct horse battery")
    bo = User.objects.create_user("bo.b@example.org", "correct horse battery")
    for user in (anna, bo):
        assert sign_in(Client(), user.email).status_code == 302
        live(user)
        assert "/2fa/" in sign_in(Client(), user.email)["Location"], "a session is left half way, too"
    before, others = rows_of(anna.pk), rows_of(bo.pk)
    assert {label for label, count in before.items() if not count} == set(), "everything that can be held is held"
    names = [anna.email, "anna.a", anna.listener.key]
    assert all(name in _dump() for name in names)

    erase(anna)

    assert {label for label, count in rows_of(anna.pk).items() if count} == set()
    assert rows_of(bo.pk) == others
    dump = _dump()
    assert [name for name in names if name in dump] == []
    assert bo.email in dump
    assert Erased.objects.count() == 1


def test_the_test_above_knows_every_model():
    """A new model that refers to people is found by itself: this only shows that finding works."""
    labels = {model._meta.label for model in models_of_people()}
    assert {"listening.Listen", "discovery.Outcome", "playlists.Entry", "usersessions.UserSession"} <= labels
    assert {"playlists.Member", "playlists.Invitation"} <= labels


def test_sessions_end_with_the_account(db, home, user):
    here, there = Client(), Client()
    for device in (here, there):
        sign_in(device)
    erase(user)
    assert not is_signed_in(here)
    assert not is_signed_in(there)
    assert not UserSession.objects.exists()
    assert sign_in(Client()).status_code == 200


def test_a_listener_of_an_old_library_stays_out(db, home, user, stranger):
    live(user)
    key = user.listener.key
    erase(user)
    assert is_erased([key, "somebody", "else"]) == {key}
    assert key not in str(Erased.objects.values_list())
    assert is_erased([]) == set()


def test_the_library_of_the_home_forgets_them(db, home, user):
    LIBRARY.save(home.library_path)
    Listener.objects.create(user=user, key="listener-of-old")
    erase(user)
    left = home.library().validate()
    assert {table.name: set(frame["listener_id"].cast(pl.String).to_list()) for table, frame in left.frames()
            if "listener_id" in frame.columns} == {
        "listeners": {"bo"}, "listens": {"bo"}, "feedback": {"bo"}, "taggings": {"bo"}, "playlists": {"bo", None},
    }  # fmt: skip
    assert left.tracks.height == 2
    for file in home.library_path.iterdir():
        read = pl.read_parquet(file).write_json() if file.suffix == ".parquet" else ""
        assert "listener-of-old" not in read
        assert b"listener-of-old" not in file.read_bytes()


def test_a_library_that_is_being_changed_forgets_them_the_next_time(db, home, user):
    LIBRARY.save(home.library_path)
    Listener.objects.create(user=user, key="listener-of-old")
    with home.changing():
        erase(user)
        assert not User.objects.filter(pk=user.pk).exists()
        with pytest.raises(Busy):
            forget_erased(home)
    assert forget_erased(home) == 1
    assert home.library().listeners["listener_id"].to_list() == ["bo"]
    before = (home.library_path / "library.json").stat().st_mtime_ns
    assert forget_erased(home) == 0
    assert (home.library_path / "library.json").stat().st_mtime_ns == before, "nothing is rewritten for nothing"


def test_their_files_go_and_no_others(db, home, user, stranger, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "file"
    LIBRARY.save(home.library_path)
    uploads = home.path / "uploads"
    uploads.mkdir()
    files = {name: uploads / name for name in ("mine", "mine-too", "others")}
    for file in (*files.values(), elsewhere):
        file.write_text("listens")
    inputs = {"file": str(files["mine"]), "more": ["uploads/mine-too", {"of": str(elsewhere)}], "x": "../elsewhere/file",
              "library": str(home.library_path / "library.json"), "home": str(home.path),
              "here": ".", "all": "uploads/.."}  # fmt: skip
    Job.objects.create(user=user, kind="import", input=inputs)
    Job.objects.create(user=stranger, kind="import", input={"file": str(files["others"])})
    Job.objects.create(kind="retrain", log=[[0, f"{listener_of(user).key} has too few listens"]])
    erase(user)
    assert {name for name, file in files.items() if file.exists()} == {"others"}
    assert elsewhere.exists()
    assert home.has_library
    assert Job.objects.get().user == stranger


def test_letters_that_are_kept_as_files_go(db, home, user, stranger, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(home.path / "outbox")
    for person in (user, stranger):
        Client().post("/accounts/password/reset/", {"email": person.email})
    erase(user)
    kept = [file.read_text() for file in (home.path / "outbox").iterdir()]
    assert len(kept) == 1
    assert stranger.email in kept[0]


def test_one_whose_name_only_ends_alike_is_left_alone(db, home, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(home.path / "outbox")
    short = User.objects.create_user("na@example.org", "correct horse battery")
    long = User.objects.create_user("an.na@example.org", "correct horse battery")
    Client().post("/accounts/password/reset/", {"email": long.email})
    browser = Client()
    sign_in(browser, long.email)
    erase(short)
    assert is_signed_in(browser)
    assert len(list((home.path / "outbox").iterdir())) == 1


# -- the page ------------------------------------------------------------------------------------------------------------


def test_one_erases_oneself_after_showing_who_one_is(signed_in, user, home):
    live(user)
    for ask in (signed_in.get, signed_in.post):
        assert ask("/accounts/delete/", {"confirm": "on"})["Location"].startswith("/accounts/reauthenticate/")
    assert User.objects.filter(pk=user.pk).exists()
    confirm_who_one_is(signed_in)
    assert signed_in.get("/accounts/delete/").status_code == 200
    answer = signed_in.post("/accounts/delete/")
    assert answer.status_code == 422
    assert "confirm" in answer.context["form"].errors
    assert User.objects.filter(pk=user.pk).exists()

    answer = signed_in.post("/accounts/delete/", {"confirm": "on"})
    assert answer.status_code == 200
    assert "accounts/deleted.html" in [template.name for template in answer.templates]
    assert not User.objects.filter(pk=user.pk).exists()
    assert not is_signed_in(signed_in)


def test_one_who_was_erased_may_come_again_as_somebody_new(signed_in, user, home):
    key = live(user).key
    confirm_who_one_is(signed_in)
    signed_in.post("/accounts/delete/", {"confirm": "on"})
    signed_in.post("/accounts/signup/", {"email": user.email, "password1": "a long walk home"})
    new = User.objects.get(email=user.email)
    assert new.listener.key != key
    assert is_erased([new.listener.key]) == set()
    assert home == current.HOME
