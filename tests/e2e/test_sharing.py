"""A link is made in the drawer and opened by somebody who is not signed in; taken back, it leads nowhere."""

import re

import pytest

from segue.web.playlists.services import make
from tests.e2e.test_service_pages import signs_in, tab  # noqa: F401 - a fixture
from tests.web.conftest import catalogue, demo_library, listener, user  # noqa: F401 - fixtures


@pytest.mark.parametrize("tab", [(390, "dark")], indirect=True, ids=["phone"])
def test_a_link_from_the_drawer(browser, tab, catalogue, listener, user):  # noqa: F811
    made = make(listener, "Night songs", tracks=catalogue.tracks["track_id"].head(3).to_list())
    tab.goto("/accounts/login/")
    signs_in(tab, user)
    tab.goto("/friends/links/")
    opens = """key => import("/static/segue/drawer.js").then(one => one.open(`/share/?kind=playlist&key=${key}`))"""
    tab.evaluate(opens, made.key)
    tab.get_by_role("button", name="Make a public link").click()
    link = tab.get_by_label("Public link").input_value()
    assert "/s/" in link
    path = re.sub("^https?://[^/]+", tab.evaluate("origin"), link)
    away = browser.new_context().new_page()
    away.goto(path)
    assert away.locator("h1").inner_text() == "Night songs"
    assert away.locator(".lines li").count() == 3
    for _ in range(100):  # pictures may come after the page
        if away.evaluate("[...document.images].every(one => one.complete && one.naturalWidth)"):
            break
        away.wait_for_timeout(50)
    else:
        pytest.fail("a picture does not come")
    tab.get_by_role("button", name="Revoke the link").click()
    tab.get_by_role("button", name="Make a public link").wait_for()
    away.goto(path)
    assert away.locator("h1").inner_text() == "Nothing here"
    away.context.close()
