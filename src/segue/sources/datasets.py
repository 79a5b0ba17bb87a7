"""The catalogue of public data sets: where they come from, on what terms, and how they get onto this disk."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from segue.errors import BadFile
from segue.sources.downloads import DownloadFailed, Progress, download, unpack, verify


@dataclass(frozen=True)
class Dataset:
    """One public data set.

    `url` is what can be downloaded without an account, and `page` where people read about it and its terms.
    `size_bytes` is roughly the size of the download. `checksum` (`algorithm:digits`) is given where its makers state
    it. `format` is the reader for it, None where there is none yet. `files` are those that it must hold.
    """

    name: str
    title: str
    page: str
    url: str | None
    size_bytes: int | None
    terms: str
    cite: str
    checksum: str | None
    format: str | None
    files: tuple[str, ...]

    @property
    def download_name(self) -> str:
        """The name of the file to download."""
        return self.url.rsplit("/", 1)[-1] if self.url else f"{self.name}.zip"


_MOVIELENS_TERMS = "GroupLens research terms: no commercial use without permission, no redistribution, cite"
_MOVIELENS_CITE = "F. M. Harper, J. A. Konstan: The MovieLens Datasets: History and Context. ACM TiiS 5(4), 2015"
_CELMA_CITE = "O. Celma: Music Recommendation and Discovery in the Long Tail. Springer, 2010"
_LASTFM_TERMS = "Distributed with permission of Last.fm, non-commercial use only"
_GROUPLENS = "https://files.grouplens.org/datasets"

DATASETS = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            "lastfm-2k", "Last.fm-2K (HetRec 2011): 1,892 listeners, 17,632 artists, plays, tags",
            "https://grouplens.org/datasets/hetrec-2011/", f"{_GROUPLENS}/hetrec2011/hetrec2011-lastfm-2k.zip",
            2_600_000, "Non-commercial research, cite",
            "I. Cantador, P. Brusilovsky, T. Kuflik: 2nd Workshop on Information Heterogeneity and Fusion in"
            " Recommender Systems (HetRec 2011). RecSys 2011",
            None, "lastfm-2k", ("user_artists.dat", "artists.dat", "tags.dat", "user_taggedartists.dat"),
        ),
        Dataset(
            "ml-100k", "MovieLens 100K: 100,000 ratings of 1,682 films", "https://grouplens.org/datasets/movielens/100k/",
            f"{_GROUPLENS}/movielens/ml-100k.zip", 4_900_000, _MOVIELENS_TERMS, _MOVIELENS_CITE,
            "md5:0e33842e24a9c977be4e0107933c0723", "movielens", ("u.data", "u.item", "u.user"),
        ),
        Dataset(
            "ml-1m", "MovieLens 1M: 1,000,209 ratings of 3,900 films", "https://grouplens.org/datasets/movielens/1m/",
            f"{_GROUPLENS}/movielens/ml-1m.zip", 5_900_000, _MOVIELENS_TERMS, _MOVIELENS_CITE,
            "md5:c4d9eecfca2ab87c1945afe126590906", "movielens", ("ratings.dat", "movies.dat", "users.dat"),
        ),
        Dataset(
            "ml-latest-small", "MovieLens latest-small: 100,000 ratings, renewed from time to time",
            "https://grouplens.org/datasets/movielens/latest/", f"{_GROUPLENS}/movielens/ml-latest-small.zip",
            1_000_000, _MOVIELENS_TERMS, _MOVIELENS_CITE, None, "movielens", ("ratings.csv", "movies.csv"),
        ),
        Dataset(
            "taste-profile", "Echo Nest Taste Profile: 48 million play counts of 1 million listeners",
            "http://millionsongdataset.com/tasteprofile/", None, 500_000_000, "Research use, cite",
            "B. McFee, T. Bertin-Mahieux, D. P. W. Ellis, G. R. G. Lanckriet: The Million Song Dataset Challenge."
            " AdMIRe 2012",
            None, "taste-profile", ("train_triplets.txt",),
        ),
        Dataset(
            "million-playlist", "Spotify Million Playlist Dataset: needs registration with Spotify Research",
            "https://www.aicrowd.com/challenges/spotify-million-playlist-dataset-challenge", None, 5_400_000_000,
            "Non-commercial research, no redistribution; needs registration",
            "C.-W. Chen, P. Lamere, M. Schedl, H. Zamani: RecSys Challenge 2018: Automatic Music Playlist"
            " Continuation. RecSys 2018",
            None, "million-playlist", (),
        ),
        Dataset(
            "spotify-songs", "TidyTuesday spotify_songs: 28,356 tracks with audio features, in 471 playlists",
            "https://github.com/rfordatascience/tidytuesday/tree/main/data/2020/2020-01-21",
            "https://raw.githubusercontent.com/rfordatascience/tidytuesday/main/data/2020/2020-01-21/spotify_songs.csv",
            8_000_000, "As published by TidyTuesday", "TidyTuesday, 2020-01-21: Spotify Songs", None,
            "spotify-songs", ("spotify_songs.csv",),
        ),
        Dataset(
            "goodbooks-10k", "Goodbooks-10k: 6 million ratings of 10,000 books",
            "https://github.com/zygmuntz/goodbooks-10k",
            "https://github.com/zygmuntz/goodbooks-10k/releases/download/v1.0/goodbooks-10k.zip", 12_000_000,
            "CC BY-SA 4.0", "Z. Zajac: Goodbooks-10k: a new dataset for book recommendations. FastML, 2017", None,
            "goodbooks", ("ratings.csv", "books.csv"),
        ),
        Dataset(
            "kaggle-spotify", "Kaggle Spotify 1921-2020: 170,000 tracks with audio features; needs a Kaggle account",
            "https://www.kaggle.com/yamaerenay/spotify-dataset-19212020-160k-tracks", None, None,
            "As stated on Kaggle; needs an account", "Y. E. Ay: Spotify Dataset 1921-2020. Kaggle, 2020", None,
            "kaggle-spotify", ("data.csv",),
        ),
        Dataset(
            "lastfm-360k", "Last.fm-360K: top artists of 359,347 listeners",
            "http://ocelma.net/MusicRecommendationDataset/lastfm-360K.html", None, 570_000_000, _LASTFM_TERMS,
            _CELMA_CITE, None, None, ("usersha1-artmbid-artname-plays.tsv",),
        ),
        Dataset(
            "lastfm-1k", "Last.fm-1K: 19 million plays of 992 listeners, with times",
            "http://ocelma.net/MusicRecommendationDataset/lastfm-1K.html", None, 642_000_000, _LASTFM_TERMS,
            _CELMA_CITE, None, None, ("userid-timestamp-artid-artname-traid-traname.tsv",),
        ),
    )
}  # fmt: skip


def fetch(
    dataset: Dataset,
    into: Path,
    *,
    from_path: Path | None = None,
    progress: Progress | None = None,
    base_url: str | None = None,
) -> Path:
    """Put a data set into `into/<name>` and return what to import: that directory, or the only file in it.

    What is there already stays. Interrupted, it leaves the old state, and a download that the next call goes on with.

    Args:
        dataset: which.
        into: the directory for data sets; made where it is not there.
        from_path: a copy on this disk (the archive, a file or a directory) instead of a download.
        progress: is told the bytes downloaded so far, and of how many where that is known.
        base_url: a mirror: the file of the same name is fetched from there, by http too.

    Raises `DownloadFailed` when it cannot be downloaded, `BadFile` when what came is something else.
    """
    target = into / dataset.name
    if not _missing(dataset, target):
        return _to_import(dataset, target)
    into.mkdir(parents=True, exist_ok=True)
    packed = _downloaded(dataset, into, progress, base_url) if from_path is None else from_path
    if not packed.exists():
        raise BadFile(f"{packed}: no such file")
    draft = into / f"{dataset.name}.draft.{os.getpid()}"
    try:
        if packed.is_dir():
            shutil.copytree(packed, draft)
        else:
            verify(packed, dataset.checksum)
            unpack(packed, draft)
        missing = _missing(dataset, draft)
        if missing:
            raise BadFile(f"{packed}: holds no {missing[0]}; it should be {dataset.title}")
        shutil.rmtree(target, ignore_errors=True)
        draft.replace(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    if from_path is None:
        packed.unlink()
    return _to_import(dataset, target)


def _downloaded(dataset: Dataset, into: Path, progress: Progress | None, base_url: str | None) -> Path:
    if dataset.url is None and base_url is None:
        raise DownloadFailed(
            f"{dataset.name} cannot be downloaded from here: get it at {dataset.page} and name the file with --from"
        )
    packed = into / dataset.download_name
    if not packed.exists():
        url = f"{base_url.rstrip('/')}/{packed.name}" if base_url is not None else dataset.url or ""
        download(url, packed, progress, insecure=base_url is not None)
    return packed


def _missing(dataset: Dataset, folder: Path) -> list[str]:
    """Which of its files a folder does not hold; all of them where there is no folder."""
    if not folder.is_dir():
        return list(dataset.files) or [dataset.name]
    # A file may lie there gzipped: the readers take it as it is.
    return [name for name in dataset.files if not any((folder / there).is_file() for there in (name, f"{name}.gz"))]


def _to_import(dataset: Dataset, folder: Path) -> Path:
    files = [file for file in folder.iterdir() if file.is_file()]
    return files[0] if len(dataset.files) == 1 and len(files) == 1 else folder
