"""What every reader must bear: files that are cut off, changed, in another encoding or empty."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.errors import BadFile, SegueError
from segue.library import Library
from segue.sources import readers
from segue.sources.base import Rejects
from segue.sources.registry import detect, read
from tests.effort import examples
from tests.sources.samples import SAMPLES

FORMATS = sorted(SAMPLES)
FOLDERS = ["goodbooks", "lastfm-2k", "million-playlist", "movielens", "segue-library", "taste-profile"]


def files_in(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


def outcome(name: str, path: Path) -> tuple[Library | None, Rejects]:
    """What reading gives; None where it refuses with one clear line. Anything else raises and fails the test."""
    rejects = Rejects()
    try:
        library = readers()[name].read(path, rejects)
    except BadFile as error:
        message = str(error)
        assert "\n" not in message
        assert len(message) < 1000
        return None, rejects
    assert all(reject.why and "\n" not in reject.why for reject in rejects.rows)
    return library, rejects


def sound(library: Library | None) -> bool:
    """Whether what was read, if anything, holds together."""
    return library is None or library.problems() == []


def damaged(path: Path) -> Iterator[tuple[Path, bytes]]:
    for file in files_in(path):
        yield file, file.read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_a_good_sample_is_recognised_and_gives_rows_without_rejects(name, tmp_path):
    path = SAMPLES[name](tmp_path)
    assert detect(path) == name
    reading = read([path])
    assert len(reading.rejects) == 0
    assert sum(reading.library.counts().values()) > 0
    reading.library.validate()


@pytest.mark.parametrize("name", FORMATS)
def test_reading_twice_changes_nothing(name, tmp_path):
    path = SAMPLES[name](tmp_path)
    once = read([path]).library
    twice = read([path, path]).library
    assert twice.fingerprint() == once.fingerprint()


@pytest.mark.parametrize("name", FORMATS)
def test_cut_off_anywhere_is_rejected_or_refused(name, tmp_path):
    path = SAMPLES[name](tmp_path)
    for file, content in damaged(path):
        for kept in range(0, len(content), max(1, len(content) // examples(40))):
            file.write_bytes(content[:kept])
            library, _ = outcome(name, path)
            assert sound(library), (file.name, kept)
        file.write_bytes(content)


@pytest.mark.parametrize("name", FORMATS)
def test_another_encoding_is_rejected_or_refused(name, tmp_path):
    path = SAMPLES[name](tmp_path)
    for file, content in damaged(path):
        try:
            text = content.decode()
        except UnicodeDecodeError:
            continue
        for encoding in ("utf-16", "utf-16-le", "utf-32", "latin-1", "utf-8-sig", "cp037"):
            file.write_bytes(text.encode(encoding, errors="replace"))
            library, _ = outcome(name, path)
            assert sound(library), (file.name, encoding)
        file.write_bytes(content)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\n\n\n", b" ", b"\0" * 100, b"\xff" * 100, b"PK\x03\x04rest", b"\x1f\x8brest"]
)
def test_something_else_altogether_is_refused(name, content, tmp_path):
    path = SAMPLES[name](tmp_path)
    for file in files_in(path):
        file.write_bytes(content)
    library, _ = outcome(name, path)
    assert library is None


@pytest.mark.parametrize("name", FOLDERS)
def test_a_missing_file_of_a_directory_is_refused_or_done_without(name, tmp_path):
    path = SAMPLES[name](tmp_path)
    for file, content in damaged(path):
        file.unlink()
        library, _ = outcome(name, path)
        assert sound(library), file.name
        file.write_bytes(content)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_changed_bytes_are_rejected_or_refused(name, data, tmp_path):
    shutil.rmtree(tmp_path)
    path = SAMPLES[name](tmp_path)
    file = data.draw(st.sampled_from(files_in(path)))
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 8))
        content[place : place + length] = data.draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from([b'"', b"\n", b"\r", b"\t", b",", b"\0", b"\xff", b"-1", b"1e999"]),
            )
        )
    file.write_bytes(content)
    library, _ = outcome(name, path)
    assert sound(library)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_no_reader_stumbles_when_asked_whether_it_knows_some_bytes(content, tmp_path):
    path = tmp_path / "some.bytes"
    path.write_bytes(content)
    for source in readers().values():
        assert source.recognises(path, content[:65_536]) in (True, False)


def test_every_error_is_one_a_person_can_act_on(tmp_path):
    with pytest.raises(SegueError, match="no such file"):
        read([tmp_path / "nothing.csv"])
