from datetime import date

from segue.sources import read
from segue.sources.registry import detect
from tests.sources.samples import goodbooks, write


def test_ratings_of_books_with_their_authors(tmp_path):
    library = read([goodbooks(tmp_path)]).library
    assert library.feedback.select("listener_id", "track_id", "rating", "kind", "time").rows() == [
        ("goodbooks-10k:listener:1", "goodbooks-10k:book:258", 5.0, "rating", None),
        ("goodbooks-10k:listener:2", "goodbooks-10k:book:258", 4.0, "rating", None),
        ("goodbooks-10k:listener:2", "goodbooks-10k:book:260", 3.0, "rating", None),
        ("goodbooks-10k:listener:3", "goodbooks-10k:book:260", 1.0, "rating", None),
    ]
    heron, tide = library.tracks.to_dicts()
    assert (heron["title"], heron["kind"], heron["language"]) == ("The Heron, and Others", "book", "en")
    assert heron["artist_ids"] == ["artist:ada-reed", "artist:bo-lake"]
    assert (heron["date"], heron["date_precision"]) == (date(2001, 1, 1), "year")
    assert (tide["date"], tide["date_precision"], tide["language"]) == (None, None, "en")
    assert library.artists["name"].to_list() == ["Ada Reed", "Bo Lake"]


def test_ratings_alone_are_told_from_those_of_films(tmp_path):
    path = write(tmp_path, {"ratings.csv": "user_id,book_id,rating\n1,258,5\n"}) / "ratings.csv"
    assert detect(path) == "goodbooks"
    assert read([path]).library.tracks.select("title", "kind").rows() == [("Book 258", "book")]


def test_ratings_beyond_five_stars_are_rejected(tmp_path):
    folder = goodbooks(tmp_path)
    with (folder / "ratings.csv").open("a") as file:
        file.write("4,258,6\n4,260,0\n1,258,2\n")
    assert [(reject.line, reject.why) for reject in read([folder]).rejects.rows] == [
        (6, "rating '6.0' is above 5"),
        (7, "rating '0.0' is below 1"),
        (8, "repeats the user_id and book_id of an earlier row"),
    ]
