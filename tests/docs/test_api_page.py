"""The page on the API: its tables are what the code says, and its walk can be walked."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from docs.build import ANY, pages, problems
from segue.web.accounts.models import SCOPES, Token

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


def test_its_tables_are_what_make_docs_writes():
    assert PAGE.read_text() == pages()["api.md"], "run make docs"


def test_every_problem_and_every_scope_stands_on_it():
    page = PAGE.read_text()
    for status, kind in problems():
        assert re.search(rf"^\| `{kind}` \| .*{status if status != ANY else 'any'}", page, re.MULTILINE), kind
    for scope in SCOPES:
        assert f"\n| `{scope}` | " in page


@pytest.mark.skipif(shutil.which("curl") is None and not os.environ.get("CI"), reason="the walk is made of curl")
def test_the_walk_can_be_walked(transactional_db, user, snapshot, catalogue, live_server, tmp_path):
    from segue.web.catalog import search  # noqa: PLC0415

    search.rebuild()
    walk = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE.read_text(), flags=re.DOTALL))
    for here, there in (
        ("http://localhost:8000", live_server.url),
        ("TOKEN=segue_…", f"TOKEN={Token.issue(user, 'walk', list(SCOPES))[1]}"),
        ("curl -sS", "curl -sS --fail-with-body"),
        ("Ariette - Free Parade", named(catalogue)),
    ):
        assert here in walk
        walk = walk.replace(here, there)
    environment = {**os.environ, "NO_PROXY": "*", "no_proxy": "*"}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", walk], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-1500:]}\n{done.stderr}"
    assert '"text":"because you like ' in done.stdout
    assert '"recorded":2,"known":0' in done.stdout
    assert '"recorded":0,"known":1' in done.stdout
    assert not type(user).objects.filter(pk=user.pk).exists()


def named(library) -> str:
    """A line that names a track of the library."""
    [track] = library.tracks.head(1).to_dicts()
    [artist] = library.artists.filter(library.artists["artist_id"] == track["artist_ids"][0]).to_dicts()
    return f"{artist['name']} - {track['title']}"
