"""From a stranger to somebody with an account, and back in again."""

import pytest
from django.test import Client

from segue.web.accounts.models import User
from segue.web.listening.models import Listener
from tests.web.accounts.conftest import is_signed_in, sign_in
from tests.web.conftest import PASSWORD

NEW = {"email": "cleo@example.org", "password1": "a long walk home"}


def test_sign_up_confirm_and_sign_in(browser, letters):
    assert browser.post("/accounts/signup/", NEW).status_code == 302
    assert not is_signed_in(browser), "the address is not confirmed yet"
    assert letters.last["To"] == NEW["email"]
    assert letters.last["From"] == "Segue <segue@localhost>"

    link = letters.link("/accounts/confirm-email/")
    assert link.startswith("https://music.example.org/accounts/confirm-email/")
    path = link.removeprefix("https://music.example.org")
    assert browser.get(path).status_code == 200
    assert not User.objects.get().emailaddress_set.get().verified, (
        "looking alone confirms nothing: mail programs look, too"
    )
    assert browser.post(path).status_code == 302
    assert is_signed_in(browser) or sign_in(browser, NEW["email"], NEW["password1"]).status_code == 302
    assert is_signed_in(browser)

    elsewhere = Client()
    assert sign_in(elsewhere, "CLEO@example.org", NEW["password1"]).status_code == 302
    assert is_signed_in(elsewhere)


def test_whoever_signs_up_is_a_listener_at_once(browser, letters):
    browser.post("/accounts/signup/", NEW)
    assert Listener.objects.get().user.email == NEW["email"]


def test_passwords_are_kept_as_argon2(browser, letters):
    browser.post("/accounts/signup/", NEW)
    assert User.objects.get().password.startswith("argon2$argon2id$")


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123", "cleo@example.org"])
def test_a_weak_password_is_refused(browser, letters, password):
    answer = browser.post("/accounts/signup/", {**NEW, "password1": password})
    assert answer.status_code == 200
    assert "password1" in answer.context["form"].errors
    assert not User.objects.exists()


def test_without_a_mail_server_an_account_is_ready_at_once(browser):
    browser.post("/accounts/signup/", NEW)
    assert is_signed_in(browser)


def test_where_sign_up_is_closed_nobody_signs_up(browser, settings):
    settings.SIGNUP = False
    assert browser.get("/accounts/signup/").status_code == 200
    browser.post("/accounts/signup/", NEW)
    assert not User.objects.exists()


def test_the_address_of_a_home_cannot_be_taken(browser):
    answer = browser.post("/accounts/signup/", {**NEW, "email": "Home@localhost"})
    assert "email" in answer.context["form"].errors
    assert not User.objects.exists()


def test_links_lead_to_the_service_whatever_host_was_named(browser, letters, settings):
    settings.ALLOWED_HOSTS = ["*"]
    browser.post("/accounts/signup/", NEW, headers={"host": "evil.example"})
    assert "evil.example" not in letters.text
    assert letters.link("/accounts/confirm-email/").startswith("https://music.example.org/")
    browser.post("/accounts/password/reset/", {"email": "nobody@example.org"}, headers={"host": "evil.example"})
    assert "evil.example" not in letters.last.as_string()


def test_an_address_that_is_taken_looks_like_any_other(browser, user, letters):
    taken = browser.post("/accounts/signup/", {**NEW, "email": user.email})
    assert letters.last["To"] == user.email
    assert "confirm-email" not in letters.text, "its owner is told, and nothing is confirmed"
    free = Client().post("/accounts/signup/", NEW)
    assert (taken.status_code, taken["Location"]) == (free.status_code, free["Location"])
    assert User.objects.count() == 2


def test_a_new_password_by_mail_ends_every_session(browser, user, letters):
    elsewhere = Client()
    sign_in(elsewhere)
    assert is_signed_in(elsewhere)

    browser.post("/accounts/password/reset/", {"email": user.email})
    path = letters.link("/accounts/password/reset/key/").removeprefix("https://music.example.org")
    form = browser.get(path, follow=True)
    assert form.status_code == 200
    new = "another long walk home"
    assert browser.post(form.request["PATH_INFO"], {"password1": new, "password2": new}).status_code == 302

    assert not is_signed_in(elsewhere)
    assert sign_in(Client()).status_code == 200, "the old password is of no use"
    assert sign_in(browser, password=new).status_code == 302
    assert is_signed_in(browser)
    again = Client().get(path, follow=True)
    assert again.context.get("token_fail"), "the link works once"


def test_a_reset_tells_nobody_who_has_an_account(browser, user, letters):
    known = browser.post("/accounts/password/reset/", {"email": user.email})
    unknown = browser.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_a_mail_server_that_is_away_is_said(browser, letters, settings):
    settings.EMAIL_PORT = 9  # nobody is there
    answer = browser.post("/accounts/signup/", NEW, follow=True)
    assert answer.status_code == 200
    assert [str(one) for one in answer.context["messages"] if one.level_tag == "error"]


# -- limits --------------------------------------------------------------------------------------------------------------


def test_a_password_cannot_be_guessed_by_trying(user):
    for _ in range(5):
        assert sign_in(Client(), password="wrong").status_code == 200
    answer = sign_in(Client())
    assert answer.status_code == 200, "even the right one must wait now"
    assert not is_signed_in(Client())
    assert answer.context["form"].errors


def test_wrong_passwords_of_one_do_not_shut_out_another(user, stranger):
    for _ in range(5):
        sign_in(Client(), password="wrong")
    stranger.emailaddress_set.create(email=stranger.email, verified=True, primary=True)
    browser = Client()
    sign_in(browser, stranger.email)
    assert is_signed_in(browser)


def test_signing_in_rightly_counts_for_nothing(user):
    for _ in range(8):
        assert sign_in(Client()).status_code == 302


def test_an_address_may_sign_up_so_often_only(db):
    forms = [{"email": f"cleo{number}@example.org", "password1": "short"} for number in range(21)]
    statuses = [Client().post("/accounts/signup/", form).status_code for form in forms]
    assert statuses == [200] * 20 + [429]


def test_an_address_may_ask_for_so_many_letters_only(user, letters):
    statuses = [Client().post("/accounts/password/reset/", {"email": user.email}).status_code for _ in range(6)]
    assert statuses == [302] * 5 + [429]
    assert len(letters) == 5


def test_behind_a_proxy_people_are_told_apart_by_what_it_saw(user, settings):
    settings.TRUSTED_PROXIES = 1
    for number in range(20):
        Client().post("/accounts/signup/", {"email": "x"}, headers={"x-forwarded-for": f"9.9.9.{number}, 192.0.2.1"})
    spent = Client().post("/accounts/signup/", {"email": "x"}, headers={"x-forwarded-for": "8.8.8.8, 192.0.2.1"})
    other = Client().post("/accounts/signup/", {"email": "x"}, headers={"x-forwarded-for": "192.0.2.1, 192.0.2.2"})
    assert (spent.status_code, other.status_code) == (429, 200), (
        "what the client itself wrote before it is not believed"
    )


def test_without_a_proxy_nobody_can_pretend_to_be_elsewhere(db):
    for number in range(20):
        Client().post("/accounts/signup/", {"email": "x"}, headers={"x-forwarded-for": f"192.0.2.{number}"})
    assert Client().post("/accounts/signup/", {"email": "x"}, headers={"x-forwarded-for": "1.1.1.1"}).status_code == 429


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example/", "http://localhost:9/", "javascript:alert(1)"]
)
def test_after_signing_in_one_stays_here(browser, user, address):
    answer = browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD, "next": address})
    assert answer["Location"] == "/"


def test_after_signing_in_one_is_where_one_was_going(browser, user):
    answer = browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD, "next": "/accounts/tokens/"})
    assert answer["Location"] == "/accounts/tokens/"
