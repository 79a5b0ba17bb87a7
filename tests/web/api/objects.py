"""What stands in the addresses of the API: for each, how to make one that belongs to somebody, or that it belongs to nobody."""

import re
import time
import uuid
from collections.abc import Callable

from segue.mixes.station_state import Seed
from segue.web.accounts.models import Token, User
from segue.web.api.api import make
from segue.web.catalog.models import Artist, Track
from segue.web.discovery import stations
from segue.web.jobs.models import Job
from segue.web.listening.history import id_of
from segue.web.listening.models import Listen, listener_of
from segue.web.listening.record import NewListen, record_listens
from segue.web.playlists.models import Entry, Playlist


def playlist(user: User) -> str:
    made = Playlist.objects.create(listener=listener_of(user), title="Mine")
    tracks = Track.objects.order_by("pk")[:3]
    Entry.objects.bulk_create(Entry(playlist=made, track=track, position=place) for place, track in enumerate(tracks))
    return made.key


def station(user: User) -> str:
    return str(stations.begin(listener_of(user), Seed("track", Track.objects.order_by("pk")[0].key)).pk)


def job(user: User) -> str:
    return str(Job.objects.create(user=user, kind="import-listening", input={"name": "history.json"}).pk)


def token(user: User) -> str:
    return str(Token.issue(user, "another", ["read"])[0].pk)


def listen(user: User) -> str:
    listener = listener_of(user)
    track = Track.objects.order_by("pk")[0]
    record_listens(listener, [NewListen(track_key=track.key, time_ms=time.time_ns() // 1_000_000 - user.pk)])
    return id_of(Listen.objects.filter(listener=listener).latest("pk"))


MAKERS: dict[tuple[str, str], Callable[[User], str]] = {
    ("playlists", "key"): playlist,
    ("stations", "station"): station,
    ("imports", "job"): job,
    ("tokens", "token_id"): token,
    ("listens", "listen"): listen,
}
"""By the first part of the address and the name of the parameter: makes one of somebody's, and gives its id."""
MISSING: dict[tuple[str, str], Callable[[], str]] = {
    ("playlists", "key"): lambda: f"playlist-{uuid.uuid4().hex}",
    ("stations", "station"): lambda: str(uuid.uuid4()),
    ("imports", "job"): lambda: str(uuid.uuid4()),
    ("tokens", "token_id"): lambda: "999999999",
    ("listens", "listen"): lambda: uuid.uuid4().hex[:16],
}
"""An id of each kind that nothing has."""
NOBODYS: dict[tuple[str, str], Callable[[], str]] = {
    ("tracks", "key"): lambda: Track.objects.order_by("pk")[0].key,
    ("artists", "key"): lambda: Artist.objects.order_by("pk")[0].key,
    ("releases", "key"): lambda: Track.objects.filter(release__isnull=False).order_by("pk")[0].release.key,
    ("feedback", "key"): lambda: Track.objects.order_by("pk")[0].key,
    ("taste", "key"): lambda: Track.objects.order_by("pk")[0].key,
    ("mixes", "key"): lambda: "discover-weekly",
    ("mixes", "country"): lambda: "SE",
    ("similar", "track"): lambda: Track.objects.order_by("pk")[0].key,
    ("related", "artist"): lambda: Artist.objects.order_by("pk")[0].key,
}
"""What belongs to nobody: the catalogue, and the names of mixes, which are made for whoever asks."""


class Operation:
    """One operation, as the OpenAPI document has it."""

    def __init__(self, method: str, path: str, described: dict) -> None:
        self.method, self.path, self.described = method.upper(), path, described
        self.id = described["operationId"]
        self.scope = described["security"][0]["token"][0]
        self.parameters = [(path.split("/")[1], name) for name in re.findall(r"{(\w+)}", path)]

    def __repr__(self) -> str:
        return self.id

    def at(self, ids: dict[tuple[str, str], str]) -> str:
        """The address with these ids."""
        found = self.path
        for parameter in self.parameters:
            found = found.replace(f"{{{parameter[1]}}}", ids[parameter])
        return found


def described() -> dict:
    """The OpenAPI document."""
    api = make()
    _ = api.urls
    return api.get_openapi_schema()


def operations() -> list[Operation]:
    """Every operation there is."""
    return [
        Operation(method, path, one)
        for path, methods in described()["paths"].items()
        for method, one in methods.items()
    ]
