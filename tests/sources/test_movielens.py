import zipfile
from datetime import UTC, date, datetime

import pytest

from segue.sources import read
from segue.sources.registry import detect
from tests.sources.samples import movielens, write

RATINGS = [("1", "11", 3.0), ("1", "12", 5.0), ("2", "11", 1.0), ("3", "13", 4.0)]


def ratings_of(library, edition):
    rows = library.feedback.select("listener_id", "track_id", "rating").rows()
    return [
        (user.removeprefix(f"{edition}:listener:"), film.removeprefix(f"{edition}:film:"), rating)
        for user, film, rating in rows
    ]


def test_ratings_become_feedback_with_times(tmp_path):
    library = read([movielens(tmp_path)]).library
    assert ratings_of(library, "ml-100k") == RATINGS
    assert library.feedback["kind"].unique().to_list() == ["rating"]
    assert library.feedback["time"][0] == datetime(1997, 12, 4, 15, 55, 49, tzinfo=UTC)


def test_films_and_people_beside_the_ratings_are_read(tmp_path):
    library = read([movielens(tmp_path) / "u.data"]).library
    films = {row["track_id"]: row for row in library.tracks.to_dicts()}
    heron = films["ml-100k:film:11"]
    assert (heron["title"], heron["kind"], heron["genres"]) == ("The Heron (1995)", "film", ["Comedy"])
    assert (heron["date"], heron["date_precision"]) == (date(1995, 1, 1), "day")
    # Film 13 was rated and is not in u.item.
    assert films["ml-100k:film:13"]["title"] == "Film 13"
    people = {row["listener_id"]: (row["birth_year"], row["gender"]) for row in library.listeners.to_dicts()}
    assert people["ml-100k:listener:1"] == (1974, "male")
    assert people["ml-100k:listener:2"] == (1945, "female")


CSV = "userId,movieId,rating,timestamp\n" + "".join(f"{u},{i},{r},881250949\n" for u, i, r in RATINGS)
DAT = "".join(f"{u}::{i}::{r:.0f}::881250949\n" for u, i, r in RATINGS)
INTER = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n" + "".join(
    f"{u}\t{i}\t{r:.0f}\t881250949\n" for u, i, r in RATINGS
)


@pytest.mark.parametrize(
    ("folder", "files", "edition", "title", "genres"),
    [
        ("ml-latest-small", {"ratings.csv": CSV, "movies.csv": 'movieId,title,genres\n11,"Heron, The (1995)",Comedy|Drama\n'},
         "ml-latest-small", "Heron, The (1995)", ["Comedy", "Drama"]),
        ("ml-latest-small", {"ratings.csv": CSV, "movies.csv": "movieId,title,genres\n11,Heron (1995),(no genres listed)\n"},
         "ml-latest-small", "Heron (1995)", []),
        ("ml-1m", {"ratings.dat": DAT, "movies.dat": "11::Heron: A Tale (1995)::Comedy\n", "users.dat": "1::F::1::10::48067\n"},
         "ml-1m", "Heron: A Tale (1995)", ["Comedy"]),
        ("movies", {"ratings.csv": CSV}, "movielens", "Film 11", None),
        ("recbole", {"ml-100k.inter": INTER}, "ml-100k", "Film 11", None),
    ],
)  # fmt: skip
def test_every_form_gives_the_same_ratings(folder, files, edition, title, genres, tmp_path):
    path = write(tmp_path / folder, files)
    if folder == "recbole":
        path = path / "ml-100k.inter"
    assert detect(path) == "movielens"
    library = read([path]).library
    assert ratings_of(library, edition) == RATINGS
    [film] = library.tracks.filter(track_id=f"{edition}:film:11").to_dicts()
    assert (film["title"], film["genres"]) == (title, genres)


def test_a_zip_of_it_gives_the_same(tmp_path):
    folder = movielens(tmp_path)
    with zipfile.ZipFile(tmp_path / "download.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"ml-100k/{file.name}")
    assert detect(tmp_path / "download.zip") == "movielens"
    assert read([tmp_path / "download.zip"]).library.fingerprint() == read([folder]).library.fingerprint()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("1\t14\t6\t881250949", "rating '6.0' is above 5"),
        ("1\t14\t0\t881250949", "rating '0.0' is below 0.5"),
        ("1\t14\tgood\t881250949", "rating 'good' is not a number"),
        ("1\tx14\t3\t881250949", "item 'x14' is not an id"),
        ("1\t11\t3\t881250949", "repeats the user and item of an earlier row"),
        ("1\t14\t3\t-5", "time '-5.0' is below 0"),
    ],
)
def test_bad_ratings_are_rejected(row, why, tmp_path):
    folder = movielens(tmp_path)
    with (folder / "u.data").open("a") as file:
        file.write(row + "\n")
    reading = read([folder], "movielens")
    assert [(reject.line, reject.why) for reject in reading.rejects.rows] == [(5, why)]
    assert ratings_of(reading.library, "ml-100k") == RATINGS
