"""A small good sample of each format, with invented rows: `SAMPLES[format name](folder)` writes one and returns its path."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl

from segue.library import Library

USERS = ["a" * 40, "b" * 40, "c" * 40]
SONGS = [f"SO{letter * 16}" for letter in "ABCD"]


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write text files into a folder; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def lastfm_2k(folder: Path) -> Path:
    return write(
        folder / "hetrec",
        {
            "artists.dat": 'id\tname\turl\tpictureURL\n1\tThe Larks\tu\tp\n2\tØresund\tu\tp\n3\tNo "Quotes"\tu\tp\n',
            "tags.dat": "tagID\ttagValue\n10\tfolk\n11\tquiet\n",
            "user_artists.dat": "userID\tartistID\tweight\n7\t1\t30\n7\t2\t0\n8\t2\t5\n9\t3\t1\n",
            "user_taggedartists.dat": "userID\tartistID\ttagID\tday\tmonth\tyear\n"
            "7\t1\t10\t1\t4\t2009\n8\t1\t10\t2\t4\t2009\n7\t2\t11\t1\t1\t1956\n8\t99\t10\t1\t1\t2010\n",
            "user_friends.dat": "userID\tfriendID\n7\t8\n",
        },
    )


def user_items(folder: Path) -> Path:
    return (
        write(folder / "Tiny Tracks", {"interactions.txt": "0 72 73 72\n1 73\n2 74 72 75 72 72\n"}) / "interactions.txt"
    )


SPOTIFY_SONGS_HEADER = (
    "track_id,track_name,track_artist,track_popularity,track_album_id,track_album_name,track_album_release_date,"
    "playlist_name,playlist_id,playlist_genre,playlist_subgenre,danceability,energy,key,loudness,mode,speechiness,"
    "acousticness,instrumentalness,liveness,valence,tempo,duration_ms\n"
)
_SOUND = "0.5,0.75,{key},-6.5,1,0.05,0.25,0,0.1,0.9,{tempo},200000\n"


def spotify_songs(folder: Path) -> Path:
    morning = _SOUND.format(key=5, tempo=120)
    unknown = _SOUND.format(key=-1, tempo=0)
    rows = (
        f'tA,"Morning, Again",The Larks,66,alb1,Days,2019-06-14,Wake Up,pl1,pop,dance pop,{morning}'
        f"tB,Harbour - Live,Øresund,0,alb2,Docks,2012,Wake Up,pl1,pop,dance pop,{unknown}"
        f'tA,"Morning, Again",The Larks,66,alb1,Days,2019-06-14,Slow,pl2,rock,album rock,{morning}'
        f'tA,"Morning, Again",The Larks,66,alb1,Days,2019-06-14,Slow,pl2,rock,hard rock,{morning}'
        f"tC,Lantern,The Larks,12,alb1,Days,2019-06,Slow,pl2,rock,album rock,{morning}"
    )
    return write(folder, {"spotify_songs.csv": SPOTIFY_SONGS_HEADER + rows}) / "spotify_songs.csv"


KAGGLE_HEADER = (
    "valence,year,acousticness,artists,danceability,duration_ms,energy,explicit,id,instrumentalness,key,liveness,"
    "loudness,mode,name,popularity,release_date,speechiness,tempo\n"
)


def kaggle_spotify(folder: Path) -> Path:
    rows = (
        '0.5,1999,0.1,"[\'The Larks\', ""Ada\'s Band""]",0.5,200000,0.4,1,k1,0,5,0.1,-7,1,Lantern,40,1999-05-01,0.05,120\n'
        "0.5,1999,0.1,['Øresund'],0.5,200000,0.4,0,k2,0,5,0.1,-7,1,Docks (Live),40,1999,0.05,120\n"
        "0.5,1999,0.1,['The Larks'],0.5,200000,0.4,0,k3,0,5,0.1,-7,1,Reeds,40,1999-05,0.05,0\n"
    )
    return write(folder, {"data.csv": KAGGLE_HEADER + rows}) / "data.csv"


def triplets_text() -> str:
    counts = [(0, 0, 3), (0, 1, 1), (1, 1, 20), (2, 2, 1)]
    return "".join(f"{USERS[user]}\t{SONGS[song]}\t{plays}\n" for user, song, plays in counts)


def song_data_text() -> str:
    return (
        "song_id,title,release,artist_name,year\n"
        f'{SONGS[0]},Lantern,"Days, Nights",The Larks,1999\n'
        f"{SONGS[1]},Docks,Harbour,Øresund,0\n"
        f"{SONGS[3]},Reeds,Harbour,Øresund,2001\n"
    )


def taste_profile(folder: Path) -> Path:
    return write(folder / "profile", {"train_triplets.txt": triplets_text(), "song_data.csv": song_data_text()})


def slice_of(*pids: int) -> str:
    def track(letter: str) -> dict[str, object]:
        return {
            "pos": 0, "artist_name": "The Larks", "track_uri": f"spotify:track:{letter * 22}",
            "artist_uri": "spotify:artist:L", "track_name": f"Song {letter}", "album_uri": "spotify:album:D",
            "duration_ms": 1000, "album_name": "Days",
        }  # fmt: skip

    return json.dumps(
        {
            "info": {"slice": "0-999"},
            "playlists": [
                {
                    "name": f"list {pid}", "pid": pid, "num_followers": 2, "modified_at": 1_500_000_000,
                    "tracks": [track("A"), track("B"), track("A")],
                }
                for pid in pids
            ],
        },
        indent=1,
    )  # fmt: skip


def million_playlist(folder: Path) -> Path:
    return write(folder / "mpd", {"mpd.slice.0-999.json": slice_of(0, 1), "mpd.slice.1000-1999.json": slice_of(1000)})


def movielens(folder: Path) -> Path:
    film = "{}|{} (1995)|01-Jan-1995||http://films/{}|" + "|".join(["0"] * 5 + ["1"] + ["0"] * 13) + "\n"
    return write(
        folder / "ml-100k",
        {
            "u.data": "1\t11\t3\t881250949\n1\t12\t5\t891717742\n2\t11\t1\t878887116\n3\t13\t4\t878887117\n",
            "u.item": film.format(11, "The Heron", 11) + film.format(12, "Low Tide", 12),
            "u.user": "1|24|M|writer|10001\n2|53|F|other|94043\n3|30|F|other|94043\n",
        },
    )


def goodbooks(folder: Path) -> Path:
    return write(
        folder / "books",
        {
            "ratings.csv": "user_id,book_id,rating\n1,258,5\n2,258,4\n2,260,3\n3,260,1\n",
            "books.csv": "book_id,goodreads_book_id,authors,original_publication_year,title,language_code\n"
            '258,1,"Ada Reed, Bo Lake",2001.0,"The Heron, and Others",en-US\n260,2,Ada Reed,-750.0,Low Tide,eng\n',
        },
    )


def segue_library(folder: Path) -> Path:
    library = Library.of(
        artists=pl.DataFrame({"artist_id": ["a"], "name": ["The Larks"]}),
        tracks=pl.DataFrame({"track_id": ["t"], "title": ["Lantern"], "artist_ids": [["a"]]}),
        listens=pl.DataFrame({"listener_id": ["ada"], "track_id": ["t"], "plays": [3], "source": ["test"]}),
    )
    library.save(folder / "library")
    return folder / "library"


SAMPLES: dict[str, Callable[[Path], Path]] = {
    "goodbooks": goodbooks,
    "kaggle-spotify": kaggle_spotify,
    "lastfm-2k": lastfm_2k,
    "million-playlist": million_playlist,
    "movielens": movielens,
    "segue-library": segue_library,
    "spotify-songs": spotify_songs,
    "taste-profile": taste_profile,
    "user-items": user_items,
}
