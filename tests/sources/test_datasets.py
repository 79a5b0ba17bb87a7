import hashlib
import io
import tarfile
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from segue.errors import BadFile
from segue.sources import read, readers
from segue.sources.datasets import DATASETS, Dataset, fetch
from segue.sources.downloads import DownloadFailed, download, unpack
from tests.sources.samples import triplets_text

BODY = bytes(range(256)) * 5000


class Shelf(BaseHTTPRequestHandler):
    """Serves files with ranges. `breaks_after` bytes of a response it hangs up; `ranges` is whether it knows them."""

    files: ClassVar[dict[str, bytes]] = {}
    tag = '"one"'
    breaks_after: int | None = None
    ranges = True
    asked: ClassVar[list[str | None]] = []

    def do_GET(self):
        content = self.files.get(self.path.rsplit("/", 1)[-1])
        wanted = self.headers.get("Range")
        self.asked.append(wanted)
        if content is None:
            self.send_error(404)
            return
        start = 0
        if wanted and self.ranges and self.headers.get("If-Range") == self.tag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("ETag", self.tag)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        rest = content[start:]
        self.wfile.write(rest if self.breaks_after is None else rest[: self.breaks_after])
        self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture
def shelf():
    """A server of this test's own, and its address."""

    class Own(Shelf):
        files: ClassVar[dict[str, bytes]] = {"data.bin": BODY}
        asked: ClassVar[list[str | None]] = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Own, f"http://127.0.0.1:{server.server_port}/files"
    server.shutdown()
    server.server_close()
    thread.join()


def zip_of(files: dict[str, bytes | str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


SAMPLE = zip_of({"top/train_triplets.txt": triplets_text(), "top/README": "about it"})
PLAYS = Dataset(
    "plays", "some plays", "https://example.org/plays", "https://example.org/plays.zip", None, "any", "nobody", None,
    "taste-profile", ("train_triplets.txt",),
)  # fmt: skip


def md5(content: bytes) -> str:
    return "md5:" + hashlib.md5(content, usedforsecurity=False).hexdigest()


# -- the catalogue -------------------------------------------------------------------------------------------------


def test_every_data_set_of_the_catalogue_names_its_terms_and_a_reader_there_is():
    assert {"lastfm-2k", "ml-100k", "taste-profile", "million-playlist", "spotify-songs", "goodbooks-10k"} <= set(
        DATASETS
    )
    for name, dataset in DATASETS.items():
        assert name == dataset.name
        assert dataset.terms
        assert dataset.cite
        assert dataset.format is None or dataset.format in readers()
        assert dataset.url is None or dataset.url.startswith("https://")


@pytest.mark.parametrize("name", [name for name, dataset in DATASETS.items() if dataset.url is None])
def test_what_needs_an_account_says_where_to_get_it(name, tmp_path):
    with pytest.raises(DownloadFailed, match="name the file with --from") as raised:
        fetch(DATASETS[name], tmp_path)
    assert DATASETS[name].page in str(raised.value)


# -- downloads -----------------------------------------------------------------------------------------------------


def test_a_download_arrives_whole_and_tells_how_far_it_is(shelf, tmp_path):
    _, address = shelf
    told = []
    download(
        f"{address}/data.bin", tmp_path / "data.bin", lambda done, total: told.append((done, total)), insecure=True
    )
    assert (tmp_path / "data.bin").read_bytes() == BODY
    assert told[-1] == (len(BODY), len(BODY))
    assert [file.name for file in tmp_path.iterdir()] == ["data.bin"]


def test_a_download_that_broke_off_goes_on_from_there(shelf, tmp_path):
    server, address = shelf
    server.breaks_after = 300_000
    with pytest.raises(DownloadFailed, match=r"broke off after 300,000 of 1,280,000 bytes; try again"):
        download(f"{address}/data.bin", tmp_path / "data.bin", insecure=True)
    assert not (tmp_path / "data.bin").exists()
    server.breaks_after = None
    told = []
    download(
        f"{address}/data.bin", tmp_path / "data.bin", lambda done, total: told.append((done, total)), insecure=True
    )
    assert (tmp_path / "data.bin").read_bytes() == BODY
    assert server.asked == [None, "bytes=300000-"]
    assert told[-1] == (len(BODY), len(BODY))


def test_a_file_that_changed_meanwhile_is_fetched_anew(shelf, tmp_path):
    server, address = shelf
    server.breaks_after = 300_000
    with pytest.raises(DownloadFailed):
        download(f"{address}/data.bin", tmp_path / "data.bin", insecure=True)
    server.breaks_after, server.tag = None, '"two"'
    server.files["data.bin"] = BODY[::-1]
    download(f"{address}/data.bin", tmp_path / "data.bin", insecure=True)
    assert (tmp_path / "data.bin").read_bytes() == BODY[::-1]


def test_a_server_without_ranges_starts_again(shelf, tmp_path):
    server, address = shelf
    server.ranges, server.breaks_after = False, 1000
    with pytest.raises(DownloadFailed):
        download(f"{address}/data.bin", tmp_path / "data.bin", insecure=True)
    server.breaks_after = None
    download(f"{address}/data.bin", tmp_path / "data.bin", insecure=True)
    assert (tmp_path / "data.bin").read_bytes() == BODY


def test_a_missing_file_a_missing_server_and_plain_http_are_refused_in_one_line(shelf, tmp_path):
    _, address = shelf
    for url, insecure, why in (
        (f"{address}/other.bin", True, "the server answers 404"),
        ("http://127.0.0.1:1/data.bin", True, "broke off"),
        (f"{address}/data.bin", False, "is not https"),
    ):
        with pytest.raises(DownloadFailed, match=why) as raised:
            download(url, tmp_path / "data.bin", insecure=insecure)
        assert "\n" not in str(raised.value)


# -- fetch ---------------------------------------------------------------------------------------------------------


def test_fetch_downloads_checks_and_unpacks_and_what_it_returns_can_be_read(shelf, tmp_path):
    server, address = shelf
    server.files["plays.zip"] = SAMPLE
    dataset = replace(PLAYS, checksum=md5(SAMPLE))
    path = fetch(dataset, tmp_path, base_url=address)
    assert path == tmp_path / "plays"
    assert sorted(file.name for file in path.iterdir()) == ["README", "train_triplets.txt"]
    assert read([path]).library.listens.height == 4
    assert [file.name for file in tmp_path.iterdir()] == ["plays"]
    # It is there: nothing is asked again.
    asked = len(server.asked)
    assert fetch(dataset, tmp_path, base_url=address) == path
    assert len(server.asked) == asked


def test_a_wrong_checksum_is_refused_and_leaves_nothing_unpacked(shelf, tmp_path):
    server, address = shelf
    server.files["plays.zip"] = SAMPLE
    with pytest.raises(BadFile, match=r"its md5 is .* delete it"):
        fetch(replace(PLAYS, checksum=md5(b"other")), tmp_path, base_url=address)
    assert [file.name for file in tmp_path.iterdir()] == ["plays.zip"]


def test_something_else_than_the_data_set_is_refused(tmp_path):
    (tmp_path / "other.zip").write_bytes(zip_of({"notes.txt": "?"}))
    with pytest.raises(BadFile, match=r"holds no train_triplets\.txt; it should be some plays"):
        fetch(PLAYS, tmp_path / "home", from_path=tmp_path / "other.zip")
    assert list((tmp_path / "home").iterdir()) == []


def test_a_copy_on_disk_will_do_as_archive_file_or_directory(tmp_path):
    (tmp_path / "copy.zip").write_bytes(SAMPLE)
    folder = tmp_path / "copy"
    folder.mkdir()
    (folder / "train_triplets.txt").write_text(triplets_text())
    for number, source in enumerate([tmp_path / "copy.zip", folder, folder / "train_triplets.txt"]):
        path = fetch(PLAYS, tmp_path / f"home{number}", from_path=source)
        assert read([path]).library.listens.height == 4
        assert source.exists()
    with pytest.raises(BadFile, match="no such file"):
        fetch(PLAYS, tmp_path / "home", from_path=tmp_path / "nowhere.zip")


# -- archives ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a/../../out.txt", "..\\out.txt", "C:\\out.txt"])
def test_names_that_lead_out_of_the_directory_are_refused_before_anything_is_written(name, tmp_path):
    (tmp_path / "evil.zip").write_bytes(zip_of({"good.txt": "x", name: "x"}))
    with pytest.raises(BadFile, match="leads out of its directory"):
        unpack(tmp_path / "evil.zip", tmp_path / "into")
    assert list((tmp_path / "into").iterdir()) == []
    assert not (tmp_path / "out.txt").exists()


def test_links_in_a_tar_are_left_out(tmp_path):
    with tarfile.open(tmp_path / "set.tar.gz", "w:gz") as archive:
        content = tarfile.TarInfo("top/data.tsv")
        content.size = 4
        archive.addfile(content, io.BytesIO(b"rows"))
        link = tarfile.TarInfo("top/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    unpack(tmp_path / "set.tar.gz", tmp_path / "into")
    assert [file.name for file in (tmp_path / "into").iterdir()] == ["data.tsv"]


def test_an_archive_that_unpacks_to_far_more_than_it_should_is_refused(tmp_path):
    (tmp_path / "bomb.zip").write_bytes(zip_of({"zeros.txt": b"0" * 20_000_000}))
    with pytest.raises(BadFile, match="unpacks to far more"):
        unpack(tmp_path / "bomb.zip", tmp_path / "into")


@pytest.mark.parametrize("kept", [30, 100, len(SAMPLE) - 5])
def test_a_cut_off_archive_is_refused(kept, tmp_path):
    (tmp_path / "cut.zip").write_bytes(SAMPLE[:kept])
    with pytest.raises(BadFile):
        fetch(PLAYS, tmp_path / "home", from_path=tmp_path / "cut.zip")
    assert list((tmp_path / "home").iterdir()) == []
