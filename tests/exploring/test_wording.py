"""Numbers and names in sentences."""

import pytest

from segue.exploring.wording import a, counted, joined, named, percent, plain, plural


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0%"), (0.0002, "less than 0.1%"), (0.0234, "2.3%"), (0.05, "5%"), (0.54321, "54%"), (0.9987, "99.9%"),
     (0.9999, "more than 99.9%"), (1, "100%")],
)  # fmt: skip
def test_percent(share, text):
    assert percent(share) == text


def test_counted_and_plural():
    assert counted(1, "listener") == "1 listener"
    assert counted(1892, "listener") == "1,892 listeners"
    assert counted(2, "country") == "2 countries"
    assert counted(2, "place in playlists") == "2 places in playlists"
    assert plural("play") == "plays"
    assert (a("artist"), a("track")) == ("an artist", "a track")


def test_joined():
    assert [joined(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_plain():
    assert [plain(number) for number in (0, 0.0001, 0.1234, 12.5, 1234.5)] == [
        "0",
        "less than 0.001",
        "0.123",
        "12.5",
        "1,234",
    ]


def test_a_name_read_from_right_to_left_is_kept_apart():
    assert named("Anna") == "Anna"
    assert named("أنا") == "\u2068أنا\u2069"
