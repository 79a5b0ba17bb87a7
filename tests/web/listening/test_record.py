"""Listens: durable when acknowledged, each once, in any order."""

import threading
import uuid

import pytest
from django.db import connection

from segue.errors import BadRequest
from segue.web.accounts.models import User
from segue.web.discovery.models import Exposure, Outcome
from segue.web.listening.models import Listen, Listener, listener_of
from segue.web.listening.record import NewListen, record_listens
from tests.web.listening.conftest import DAY_MS, NOW_MS


def played(*keys, start=NOW_MS - DAY_MS, **more):
    return [NewListen(track_key=key, time_ms=start + 1000 * place, **more) for place, key in enumerate(keys)]


def test_a_batch_is_recorded_and_the_same_batch_again_changes_nothing(listener, songs):
    batch = played("lantern", "docks", "reeds")
    assert record_listens(listener, batch).recorded == 3
    version = listener.version
    again = record_listens(listener, batch)
    assert (again.recorded, again.known_already) == (0, 3)
    assert Listen.objects.count() == 3
    assert listener.version == version == Listener.objects.get().version


def test_the_version_grows_with_what_is_new(listener, songs):
    record_listens(listener, played("lantern"))
    assert listener.version == Listener.objects.get().version == 1


def test_a_listen_is_known_by_the_id_its_sender_gives_it_whatever_else_it_says(listener, songs):
    assert record_listens(listener, played("lantern", client_id="a")).recorded == 1
    assert record_listens(listener, played("docks", start=NOW_MS, client_id="a")).known_already == 1
    assert record_listens(listener, played("lantern", client_id="b")).recorded == 1


def test_the_same_listen_twice_in_a_batch_counts_once(listener, songs):
    done = record_listens(listener, played("lantern") + played("lantern"))
    assert (done.recorded, done.known_already) == (1, 1)


def test_the_same_id_of_two_listeners_is_two_listens(listener, stranger, songs):
    assert record_listens(listener, played("lantern", client_id="a")).recorded == 1
    assert record_listens(listener_of(stranger), played("lantern", client_id="a")).recorded == 1


def test_late_listens_and_listens_of_artists_are_taken(listener, songs):
    record_listens(listener, played("docks"))
    done = record_listens(listener, [NewListen(artist_key="larks", time_ms=5)])
    assert done.recorded == 1
    late = Listen.objects.get(time_ms=5)
    assert late.track is None
    assert late.artist.name == "The Larks"


def test_what_the_catalogue_does_not_have_is_named_and_the_rest_recorded(listener, songs):
    done = record_listens(listener, played("lantern", "nothing", "docks") + [NewListen(artist_key="nobody", time_ms=1)])
    assert done.recorded == 2
    assert done.unknown == ((1, "nothing"), (3, "nobody"))


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"time_ms": -1}, "time_ms"),
        ({"time_ms": NOW_MS + 2 * DAY_MS}, "time_ms"),
        ({"ms_played": -5}, "ms_played"),
        ({"ms_played": 2**31}, "ms_played"),
        ({"artist_key": "larks"}, "track"),
        ({"track_key": None}, "track"),
        ({"track_key": "a\0b"}, "track"),
        ({"track_key": ""}, "track"),
        ({"client_id": "x" * 201}, "id"),
    ],
)
def test_one_that_cannot_be_is_named_by_its_place_and_nothing_is_recorded(listener, songs, wrong, where):
    good = {"track_key": "lantern", "time_ms": NOW_MS}
    with pytest.raises(BadRequest, match=rf"^listens\.1\.{where}: "):
        record_listens(listener, [NewListen(**good), NewListen(**(good | wrong))])
    assert not Listen.objects.exists()


def test_a_clock_that_is_an_hour_ahead_is_taken(listener, songs):
    assert record_listens(listener, played("lantern", start=NOW_MS + DAY_MS // 24)).recorded == 1


def test_what_came_of_a_recommendation_is_told(listener, songs):
    shown = Exposure.objects.create(
        listener=listener, surface="recommendations", snapshot="s", shown_ms=NOW_MS,
        tracks=[["lantern", "model", None], ["docks", "model", None]],
    )  # fmt: skip
    record_listens(listener, played("lantern", exposure_id=shown.pk))
    for _ in range(2):
        record_listens(listener, played("docks", exposure_id=shown.pk, skipped=True))
    record_listens(listener, played("reeds", exposure_id=uuid.uuid4()))
    assert set(Outcome.objects.values_list("track_key", "kind")) == {("lantern", "played"), ("docks", "skipped")}


def test_an_empty_batch_is_nothing(listener):
    assert record_listens(listener, []).recorded == 0


def test_the_same_batch_from_several_threads_at_once_is_there_once(lasting_songs):
    listener = listener_of(User.objects.create_user("anna@example.org"))
    keys = ["lantern", "reeds", "docks", "tide", "gulls"]
    batches = [played(*keys * 20), played(*keys * 20)[::-1], played(*keys * 20)[30:]]
    done, begin = [], threading.Barrier(6)

    def send(batch):
        begin.wait()
        try:
            done.extend(record_listens(Listener.objects.get(pk=listener.pk), batch) for _ in range(3))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(batches[place % 3],)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 18
    assert sum(one.recorded for one in done) == Listen.objects.count() == 100
