"""How often the API may be asked; shared by all processes, in a file or in Redis."""

import math
import multiprocessing
import os

import pytest
from django.test import Client, RequestFactory

from segue.web.accounts.models import User
from segue.web.api import limits
from tests.web.conftest import Api

pytestmark = pytest.mark.usefixtures("toys")


@pytest.fixture(params=["file", "redis"])
def buckets(request, tmp_path, redis_url):
    """Buckets of their own, in a file or in Redis."""
    local = limits.FileBuckets(tmp_path / "limits")
    if request.param == "file":
        yield local
        return
    yield limits.RedisBuckets(redis_url, local)


def test_a_minutes_requests_may_come_at_once_and_then_one_at_a_time(buckets):
    now, step = 1_700_000_000.0, 0.5  # 120 in a minute
    assert [buckets.take("a", now, step, 1)[1] for _ in range(120)] == [0] * 120
    assert buckets.take("a", now, step, 1)[1] == pytest.approx(0.5, abs=1e-3)
    assert buckets.take("a", now + 0.4, step, 1)[1] == pytest.approx(0.1, abs=1e-3)
    assert buckets.take("a", now + 0.5, step, 1)[1] == 0
    assert buckets.take("a", now + 0.5, step, 1)[1] > 0
    assert buckets.take("b", now, step, 1)[1] == 0
    assert [buckets.take("a", now + 61, step, 1)[1] for _ in range(120)] == [0] * 120


def test_looking_costs_nothing(buckets):
    for _ in range(5):
        assert buckets.take("a", 1_700_000_000.0, 30.0, 0) == (pytest.approx(1_700_000_000), 0)
    assert [buckets.take("a", 1_700_000_000.0, 30.0, 1)[1] > 0 for _ in range(3)] == [False, False, True]
    assert buckets.take("a", 1_700_000_000.0, 30.0, 0)[1] > 0


def test_a_clock_that_was_set_back_shuts_nobody_out(buckets):
    for _ in range(3):
        buckets.take("a", 1_700_086_400.0, 30.0, 1)
    assert buckets.take("a", 1_700_000_000.0, 30.0, 1)[1] == 0


def test_a_damaged_or_cut_file_does_no_harm(tmp_path):
    file = tmp_path / "limits"
    file.write_bytes(os.urandom(1000) + b"\xff" * (1 << 19))
    buckets = limits.FileBuckets(file)
    for n in range(2000):
        full, wait = buckets.take(f"account:{n}", 1_700_000_000.0, 1.0, 1)
        assert math.isfinite(full)
        assert wait == 0


def test_many_more_names_than_places_do_no_harm(tmp_path):
    buckets = limits.FileBuckets(tmp_path / "limits")
    assert not any(buckets.take(f"account:{n}", 1_700_000_000.0, 1.0, 1)[1] for n in range(2 * buckets.SLOTS))


def test_where_the_home_cannot_be_written_each_process_counts_for_itself(tmp_path):
    buckets = limits.FileBuckets(tmp_path / "not" / "there")
    assert [buckets.take("a", 0.0, 60.0, 1)[1] > 0 for _ in range(2)] == [False, True]


def _ask(file, times):
    buckets = limits.FileBuckets(file)
    os._exit(sum(buckets.take("a", 1_700_000_000.0, 0.6, 1)[1] == 0 for _ in range(times)))


def test_all_processes_count_together(tmp_path):
    fork = multiprocessing.get_context("fork")
    taken = 0
    for _ in range(3):
        process = fork.Process(target=_ask, args=(tmp_path / "limits", 60))
        process.start()
        process.join(20)
        taken += process.exitcode
    assert taken == 100


def test_where_redis_does_not_answer_the_machine_counts(tmp_path):
    buckets = limits.RedisBuckets(f"unix://{tmp_path}/nothing.sock", limits.FileBuckets(None))
    assert [buckets.take("a", 1_700_000_000.0, 60.0, 1)[1] > 0 for _ in range(2)] == [False, True]


def test_every_answer_says_how_one_stands(api, settings):
    settings.RATE_LIMIT = 3
    answers = [api.get("/toys/find?words=a") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit-Limit"] for answer in answers] == ["3"] * 4
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert [int(answer["RateLimit-Reset"]) for answer in answers] == [20, 40, 60, 60]
    assert answers[3]["Retry-After"] == "20"
    body = answers[3].json()
    assert body["type"] == "urn:segue:problem:limit"
    assert "20 s" in body["detail"]


def test_the_limit_is_the_accounts_whatever_token_it_uses(api, others_api, settings, user):
    settings.RATE_LIMIT = 2
    assert api.get("/toys/find?words=a").status_code == 200
    assert Api(user).get("/toys/find?words=a").status_code == 200
    assert Api(user, ["read"]).get("/toys/find?words=a").status_code == 429
    assert others_api.get("/toys/find?words=a").status_code == 200


def test_what_is_refused_counts_too(api, settings, user):
    settings.RATE_LIMIT = 2
    assert api.get("/toys/find").status_code == 422
    assert Api(user, ["listen"]).get("/toys/find?words=a").status_code == 403
    assert api.get("/toys/find?words=a").status_code == 429


def test_what_costs_much_may_be_asked_less_often(api, settings):
    settings.RATE_LIMIT_COSTLY = 1
    answer = api.get("/toys/costly")
    assert (answer.status_code, answer["RateLimit-Limit"], answer["RateLimit-Remaining"]) == (200, "1", "0")
    assert api.get("/toys/costly").status_code == 429
    assert api.get("/toys/find?words=a").status_code == 200


def test_a_limit_of_0_is_none(api, settings):
    settings.RATE_LIMIT = settings.RATE_LIMIT_COSTLY = 0
    assert all(api.get("/toys/costly").status_code == 200 for _ in range(5))


def test_guessing_at_tokens_is_slowed_down_by_address(api, monkeypatch):
    monkeypatch.setattr(limits, "FAILED_PER_MINUTE", 3)

    def guess(key, address):
        return Client(REMOTE_ADDR=address).get("/api/v1/toys/find?words=a", headers={"Authorization": f"Bearer {key}"})

    assert [guess(f"segue_{n}", "192.0.2.1").status_code for n in range(5)] == [401, 401, 401, 429, 429]
    # Not even a right guess is heard then; from elsewhere it is.
    refused = guess(api.key, "192.0.2.1")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) == 20
    assert guess(api.key, "192.0.2.2").status_code == 200


def test_who_names_no_account_is_limited_by_address(db, settings):
    settings.RATE_LIMIT = 2
    for path in ("/api/v1/toys/find", "/api/v1/nothing"):
        limits.clear()
        client = Client(REMOTE_ADDR="192.0.2.7")
        answers = [client.get(path) for _ in range(3)]
        assert answers[0].status_code in {401, 404}
        assert answers[2].status_code == 429
        assert answers[2]["RateLimit-Limit"] == "2"
        assert Client(REMOTE_ADDR="192.0.2.8").get(path).status_code in {401, 404}


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "expected"),
    [
        (0, "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        (1, "192.0.2.1", "198.51.100.7", "198.51.100.7"),
        (1, "192.0.2.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "192.0.2.1", "6.6.6.6, 203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (3, "192.0.2.1", "198.51.100.7", "198.51.100.7"),
        (1, "192.0.2.1", None, "192.0.2.1"),
        (0, "2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        (0, "fe80::1%eth0", None, "fe80::/64"),
        (0, "not:an:address", None, "not:an:address"),
    ],
)
def test_an_address_is_what_the_trusted_proxies_say(settings, proxies, peer, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=peer, **({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}))
    assert limits.address_of(request) == expected


def test_a_session_is_limited_too(settings, user):
    settings.RATE_LIMIT = 1
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    assert [client.get("/api/v1/toys/find?words=a").status_code for _ in range(2)] == [200, 429]
