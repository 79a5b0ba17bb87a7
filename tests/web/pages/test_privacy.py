"""What is kept of one, and listening in private."""

import pytest
from django.test import Client

from segue.web.accounts.personal_tables import TABLES
from segue.web.listening.models import Listener
from segue.web.pages.privacy import WHY


@pytest.fixture
def page(user) -> Client:
    """`user`, signed in."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_every_table_is_told_with_its_reason(page):
    told = {name for name, *_ in page.get("/privacy/").context["kept"]}
    assert len(told) == len(TABLES)
    assert set(WHY) <= {table.name for table in TABLES}


def test_a_private_session_shows_on_every_page_until_it_ends(page, listener):
    assert 'class="private"' not in page.get("/library/").content.decode()
    assert page.post("/privacy/private/", {"on": "1"}).status_code == 302
    assert Listener.objects.get(pk=listener.pk).private_until_ms
    for path in ("/library/", "/privacy/", "/accounts/profile/"):
        assert 'class="private"' in page.get(path).content.decode()
    page.post("/privacy/private/", {"on": "0"})
    assert 'class="private"' not in page.get("/library/").content.decode()
    assert page.get("/privacy/private/").status_code == 405
