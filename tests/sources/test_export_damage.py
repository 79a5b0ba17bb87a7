"""What the readers of personal exports must bear: files that are cut off, changed, in another encoding or empty."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.errors import BadFile
from segue.library import Library
from segue.sources import readers
from segue.sources.base import Rejects
from segue.sources.registry import detect, read
from tests.effort import examples
from tests.sources.samples import SAMPLES as DATA_SETS
from tests.sources.samples_exports import SAMPLES

FORMATS = sorted(SAMPLES)
NOTHING = [
    b"",
    b"\n",
    b" ",
    b"\0" * 100,
    b"\xff" * 100,
    b"PK\x03\x04rest",
    b"\x1f\x8brest",
    b"{}",
    b"[]",
    b"[" * 50_000,
]
SPLICES = [
    b'"',
    b"\n",
    b"\r",
    b"\t",
    b",",
    b"\0",
    b"\xff",
    b"-1",
    b"1e999",
    b"null",
    b"[",
    b"}",
    b"<",
    b"&",
    b"\\ud800",
]


def outcome(name: str, path: Path) -> Library | None:
    """What reading gives; None where it refuses with one clear line. Anything else raises and fails the test."""
    rejects = Rejects()
    try:
        library: Library | None = readers()[name].read(path, rejects)
    except BadFile as error:
        said = [str(error)]
        library = None
    else:
        said = [reject.why for reject in rejects.rows]
    assert all(why and "\n" not in why for why in said)
    assert library is None or library.problems() == []
    return library


def unzipped(path: Path) -> Path:
    """The sample as a folder, where it is a zip."""
    if not zipfile.is_zipfile(path):
        return path
    folder = path.with_suffix("")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder


def files_in(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


@pytest.mark.parametrize("name", FORMATS)
def test_a_good_sample_is_recognised_by_its_reader_alone_and_gives_no_rejects(name, tmp_path):
    path = SAMPLES[name](tmp_path)
    head = path.read_bytes()[:65_536]
    assert [known for known, source in readers().items() if source.recognises(path, head)] == [name]
    reading = read([path])
    assert reading.rejects.rows == []
    assert reading.library.tracks.height > 0
    reading.library.validate()


@pytest.mark.parametrize("name", sorted(DATA_SETS))
def test_no_file_of_a_data_set_is_taken_for_an_export(name, tmp_path):
    path = DATA_SETS[name](tmp_path)
    for file in {path, *files_in(path)}:
        head = b"" if file.is_dir() else file.read_bytes()[:65_536]
        assert [known for known in FORMATS if readers()[known].recognises(file, head)] == []


@pytest.mark.parametrize("name", FORMATS)
def test_reading_twice_changes_nothing(name, tmp_path):
    path = SAMPLES[name](tmp_path)
    assert read([path, path]).library.fingerprint() == read([path]).library.fingerprint()


@pytest.mark.parametrize("name", FORMATS)
def test_the_folder_of_an_unpacked_zip_is_the_same_export(name, tmp_path):
    path = SAMPLES[name](tmp_path)
    folder = unzipped(path)
    assert detect(folder) == name
    assert read([folder]).library.fingerprint() == read([path]).library.fingerprint()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("unpack", [False, True])
def test_cut_off_anywhere_is_rejected_or_refused(name, unpack, tmp_path):
    path = SAMPLES[name](tmp_path)
    path = unzipped(path) if unpack else path
    for file in files_in(path):
        content = file.read_bytes()
        for kept in range(0, len(content), max(1, len(content) // 40)):
            file.write_bytes(content[:kept])
            outcome(name, path)
        file.write_bytes(content)


@pytest.mark.parametrize("name", FORMATS)
def test_utf_16_and_marked_utf_8_give_the_same_and_other_encodings_are_borne(name, tmp_path):
    path = unzipped(SAMPLES[name](tmp_path))
    expected = read([path]).library.fingerprint()
    originals = {file: file.read_text(encoding="utf-8") for file in files_in(path)}
    for encoding in ("utf-8-sig", "utf-16", "latin-1", "utf-16-le", "utf-32", "cp037"):
        for file, text in originals.items():
            file.write_bytes(text.encode(encoding, errors="replace"))
        library = outcome(name, path)
        if encoding in ("utf-8-sig", "utf-16"):
            assert library is not None
            assert library.fingerprint() == expected
            assert detect(path) == name


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("content", NOTHING)
def test_something_else_altogether_is_refused(name, content, tmp_path):
    path = SAMPLES[name](tmp_path)
    path.write_bytes(content)
    assert outcome(name, path) is None


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), name=st.sampled_from(FORMATS), unpack=st.booleans())
def test_changed_bytes_are_rejected_or_refused(data, name, unpack, tmp_path):
    path = SAMPLES[name](tmp_path)
    path = unzipped(path) if unpack else path
    file = data.draw(st.sampled_from(files_in(path)))
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place, length = data.draw(st.integers(0, len(content))), data.draw(st.integers(0, 8))
        content[place : place + length] = data.draw(st.one_of(st.binary(max_size=8), st.sampled_from(SPLICES)))
    file.write_bytes(content)
    for source in readers().values():
        assert source.recognises(path, b"" if path.is_dir() else bytes(content)) in (True, False)
    outcome(name, path)
