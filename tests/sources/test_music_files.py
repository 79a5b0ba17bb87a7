import os
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.sources.music_files import TaggedFile, read_tags
from segue.sources.music_lyrics import words_of
from segue.sources.music_names import names_in
from tests.sources.music_samples import flac, frame, mp3, text_frame, tone, user_frame

MBIDS = [f"{digit}0000000-0000-4000-8000-000000000000" for digit in "123"]


def test_vorbis_comments_say_what_there_is_to_say(tmp_path):
    said = read_tags(
        flac(
            tmp_path / "x.flac", "TITLE=Sea", "ARTIST=Lark", "ALBUM=Shores", "ALBUMARTIST=The Larks", "TRACKNUMBER=3/9",
            "DISCNUMBER=2", "DATE=1997-05-02", "GENRE=Folk", "GENRE=Ambient", "COMPOSER=Ann Wren", "ISRC=GB-AAA-97-00001",
            f"MUSICBRAINZ_TRACKID={MBIDS[0]}", f"MUSICBRAINZ_ARTISTID={MBIDS[1]}", f"MUSICBRAINZ_ALBUMID={MBIDS[2]}",
            "REPLAYGAIN_TRACK_GAIN=-6.20 dB", "REPLAYGAIN_ALBUM_GAIN=+1,5 dB", "LANGUAGE=eng", "ITUNESADVISORY=2",
            "LYRICS=[00:01.00]Waves\n[00:02.50]and sand", "LABEL=Reed Records", "COMMENT=ripped by nobody",
            seconds=2, picture=True,
        )
    )  # fmt: skip
    assert said == TaggedFile(
        tmp_path / "x.flac", "Sea", ("Lark",), (), (MBIDS[1],), "Shores", ("The Larks",), (), compilation=False,
        track_number=3, disc_number=2, date=date(1997, 5, 2), date_precision="day", genres=("Folk", "Ambient"),
        songwriters=("Ann Wren",), label="Reed Records", language="en", explicit=False, mbid=MBIDS[0],
        release_mbid=MBIDS[2], isrc="GBAAA9700001", lyrics="Waves\nand sand", replaygain_track_db=-6.2,
        replaygain_album_db=1.5, has_cover=True, codec="flac", duration_ms=2000, sample_rate=22050, channels=1,
    )  # fmt: skip
    assert TaggedFile.from_json(said.path, said.to_json()) == said


def test_id3_frames_say_the_same(tmp_path):
    said = read_tags(
        mp3(
            tmp_path / "x.mp3", text_frame("TIT2", "Sea"), text_frame("TPE1", "Lark", "Wren"), text_frame("TALB", "Shores"),
            text_frame("TRCK", "3/9"), text_frame("TDRC", "1997"), text_frame("TCON", "(80)"),
            frame("UFID", b"http://musicbrainz.org\0" + MBIDS[0].encode()), text_frame("TSRC", "GBAAA9700001"),
            user_frame("MusicBrainz Artist Id", f"{MBIDS[1]}\0{MBIDS[2]}"), user_frame("MusicBrainz Album Id", MBIDS[2]),
            user_frame("replaygain_track_gain", "-3 dB"), frame("USLT", b"\x03eng\0Waves\nand sand"),
            text_frame("TLAN", "deu"), frame("APIC", b"\0image/png\0\x03\0\x89PNG"), text_frame("TCMP", "1"),
        )
    )  # fmt: skip
    assert (said.title, said.artists, said.album, said.track_number) == ("Sea", ("Lark", "Wren"), "Shores", 3)
    assert (said.date, said.date_precision, said.genres) == (date(1997, 1, 1), "year", ("Folk",))
    assert (said.mbid, said.artist_mbids, said.release_mbid) == (MBIDS[0], (MBIDS[1], MBIDS[2]), MBIDS[2])
    assert (said.isrc, said.replaygain_track_db, said.language) == ("GBAAA9700001", -3.0, "de")
    assert (said.lyrics, said.has_cover, said.compilation, said.codec) == ("Waves\nand sand", True, True, "mp3")


@pytest.mark.parametrize(
    ("comments", "artists", "featured"),
    [
        (["ARTIST=Lark feat. Wren & Owl"], ("Lark",), ("Wren", "Owl")),
        (["ARTIST=Lark; Wren"], ("Lark", "Wren"), ()),
        (["ARTIST=Lark", "ARTIST=Wren"], ("Lark", "Wren"), ()),
        (["ARTIST=Lark & Wren"], ("Lark & Wren",), ()),
        (["ARTIST=Lark & Wren", f"MUSICBRAINZ_ARTISTID={MBIDS[0]}", f"MUSICBRAINZ_ARTISTID={MBIDS[1]}"], ("Lark", "Wren"), ()),
        (["ARTIST=Lark feat. Wren", "ARTISTS=Lark", "ARTISTS=Wren"], ("Lark",), ("Wren",)),
        (["ARTIST=Lark & Wren", "ARTISTS=Lark", "ARTISTS=Wren"], ("Lark", "Wren"), ()),
        (["ARTIST=AC/DC"], ("AC/DC",), ()),
        (["ARTIST=Unknown Artist"], (), ()),
    ],
)  # fmt: skip
def test_several_artists_and_guests(tmp_path, comments, artists, featured):
    said = read_tags(flac(tmp_path / "x.flac", "TITLE=Sea", *comments), tmp_path)
    assert (said.artists, said.featured) == (artists, featured)


@pytest.mark.parametrize(
    ("written", "day", "precision"),
    [
        ("1999", date(1999, 1, 1), "year"), ("1999-05", date(1999, 5, 1), "month"), ("1999-00-00", date(1999, 1, 1), "year"),
        ("1999-05-01T10:00:00Z", date(1999, 5, 1), "day"), ("19990501", date(1999, 5, 1), "day"),
        ("1999-13-45", date(1999, 1, 1), "year"), ("1999-02-30", date(1999, 2, 1), "month"),
        ("01.05.1999", date(1999, 1, 1), "year"), ("5 May 1999", date(1999, 1, 1), "year"),
        ("0000", None, None), ("9999", None, None), ("soon", None, None), ("'99", None, None), ("٢٠٠٥", None, None),
        ("19991", None, None),
    ],
)  # fmt: skip
def test_dates_however_they_are_written(tmp_path, written, day, precision):
    said = read_tags(flac(tmp_path / "x.flac", f"DATE={written}"))
    assert (said.date, said.date_precision) == (day, precision)


def test_an_odd_value_is_left_out_and_the_rest_is_read(tmp_path):
    said = read_tags(
        flac(
            tmp_path / "x.flac", "TITLE=Sea\x07\n", "ARTIST=BjÃ¶rn", "TRACKNUMBER=A1", "DISCNUMBER=-1", "ISRC=none",
            "MUSICBRAINZ_TRACKID=unknown", "REPLAYGAIN_TRACK_GAIN=nan dB", "REPLAYGAIN_ALBUM_GAIN=999 dB", "GENRE=17; Folk,folk",
            "LANGUAGE=Klingon", "ITUNESADVISORY=yes", "=", "NOTHING", b"ALBUM=Caf\xe9",
        ), tmp_path,
    )  # fmt: skip
    assert (said.title, said.artists, said.genres) == ("Sea", ("Björn",), ("Folk",))
    unread = (
        "track_number",
        "disc_number",
        "isrc",
        "mbid",
        "replaygain_track_db",
        "replaygain_album_db",
        "language",
        "explicit",
    )
    assert [getattr(said, name) for name in unread] == [None] * len(unread)
    assert said.album == "Caf\ufffd"  # for want of a better one


def test_letters_that_were_lost_are_taken_from_the_names(tmp_path):
    path = flac(
        tmp_path / "Jón Jónsson" / "Kaffi" / "01 - Sól.flac",
        b"TITLE=S\xf3l",
        b"ARTIST=J\xf3n J\xf3nsson",
        b"ALBUM=K\xe1ffi",
    )
    said = read_tags(path, tmp_path)
    assert (said.title, said.artists, said.album, said.track_number) == ("Sól", ("Jón Jónsson",), "Kaffi", 1)


@pytest.mark.parametrize(
    ("path", "title", "artist", "album", "track", "disc", "year"),
    [
        ("Lark/Shores/03 - Sea.ogg", "Sea", "Lark", "Shores", 3, None, None),
        ("Lark/1997 - Shores/CD2/03. Sea.ogg", "Sea", "Lark", "Shores", 3, 2, 1997),
        ("Lark/Shores (1997) [FLAC]/2-03 Sea.flac", "Sea", "Lark", "Shores", 3, 2, 1997),
        ("Lark - Shores/12 Sea.ogg", "Sea", "Lark", "Shores", 12, None, None),
        ("Lark - Sea.mp3", "Sea", "Lark", None, None, None, None),
        ("03 - Lark - Sea.mp3", "Sea", "Lark", None, 3, None, None),
        ("Lark - Shores - 03 - Sea.mp3", "Sea", "Lark", "Shores", 3, None, None),
        ("Lark/Sea.mp3", "Sea", "Lark", None, None, None, None),
        ("Music/Downloads/Lark_-_Sea.mp3", "Sea", "Lark", None, None, None, None),
        ("99 Balloons.mp3", "99 Balloons", None, None, None, None, None),
        ("Shores/07 Sea.mp3", "Sea", None, "Shores", 7, None, None),
        ("1999.mp3", "1999", None, None, None, None, None),
        ("track01.mp3", "track01", None, None, None, None, None),
    ],
)  # fmt: skip
def test_names_stand_in_for_tags(tmp_path, path, title, artist, album, track, disc, year):
    found = names_in(tmp_path / path, tmp_path)
    assert found == (title, artist, album, track, disc, year)


@given(
    st.lists(
        st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12), max_size=4
    )
)
def test_any_path_has_a_title(parts):
    parts = [part for part in parts if part not in (".", "..")]
    found = names_in(Path("/m", *parts, "x.ogg"), Path("/m"))
    assert found.title == "x"
    assert found.artist != ""


def test_a_file_without_tags_is_known_by_its_names_and_length(tmp_path):
    said = read_tags(tone(tmp_path / "Lark" / "Shores" / "02 - Hill.wav"), tmp_path)
    assert (said.title, said.artists, said.album, said.track_number) == ("Hill", ("Lark",), "Shores", 2)
    assert (said.codec, said.duration_ms, said.sample_rate, said.channels) == ("wav", 1000, 22050, 1)


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 100, b"fLaC" + b"\xff" * 50, b"ID3\x04\0\0\x7f\x7f\x7f\x7fTIT2", b"OggS" * 9, b"RIFF"]
)
@pytest.mark.parametrize("suffix", ["flac", "mp3", "ogg", "wav", "m4a", "wma", "aiff", "opus", "xyz"])
def test_what_is_no_audio_has_names_all_the_same(tmp_path, content, suffix):
    path = tmp_path / f"Lark - Sea.{suffix}"
    path.write_bytes(content)
    said = read_tags(path, tmp_path)
    assert (said.title, said.artists) == ("Sea", ("Lark",))
    assert said.duration_ms is None


@given(st.integers(0, 400), st.binary(min_size=1, max_size=30))
def test_tags_with_any_damage_are_read_as_far_as_it_goes(tmp_path_factory, place, damage):
    folder = tmp_path_factory.getbasetemp() / "damage"
    good = folder / "good.flac"
    if not good.exists():
        flac(good, "TITLE=Sea", "ARTIST=Lark", "DATE=1997", "TRACKNUMBER=1", "LYRICS=Waves", picture=True)
    content = bytearray(good.read_bytes())
    content[place : place + len(damage)] = damage
    (folder / "bad.flac").write_bytes(content)
    assert read_tags(folder / "bad.flac", folder).title


def test_words_and_covers_beside_the_file(tmp_path):
    path = flac(tmp_path / "Sea.flac")
    assert not read_tags(path).has_cover
    (tmp_path / "Sea.lrc").write_text(
        "[ar:Lark]\n[offset:+20]\n[00:10.00][00:50.00]Waves <00:11.00>roll\n\n\n\n[00:12.00]on\n"
    )
    (tmp_path / "Folder.JPG").write_bytes(b"\xff\xd8")
    said = read_tags(path)
    assert said.lyrics == "Waves roll\n\non"
    assert said.has_cover
    assert read_tags(flac(tmp_path / "Sea.flac", "LYRICS=Embedded")).lyrics == "Embedded"
    (tmp_path / "Hill.txt").write_bytes("Grün sind die Hügel\r\n".encode("latin-1"))
    assert read_tags(flac(tmp_path / "Hill.flac")).lyrics == "Grün sind die Hügel"
    (tmp_path / "Moor.txt").write_bytes(b"\x00\x01\x02")
    assert read_tags(flac(tmp_path / "Moor.flac")).lyrics is None


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=1, max_size=5))
def test_time_stamps_leave_the_words_as_they_were(lines):
    stamped = "\r\n".join(f"[0{place}:10.5]{line}" for place, line in enumerate(lines))
    assert words_of(stamped) == "\n".join(lines)


@pytest.mark.parametrize("suffix", ["mp3", "m4a", "opus", "ogg", "flac", "wav", "wma", "aiff"])
def test_tags_as_a_common_program_writes_them(tmp_path, suffix):
    if shutil.which("ffmpeg") is None and os.environ.get("CI") != "true":
        pytest.skip("no ffmpeg")
    source, path = tone(tmp_path / "tone.wav", 2), tmp_path / f"x.{suffix}"
    tags = {"title": "Sólin", "artist": "Lark", "album": "Shores", "date": "1997", "track": "3", "genre": "Folk"}
    metadata = [part for name, value in tags.items() for part in ("-metadata", f"{name}={value}")]
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", source, *metadata, "-write_id3v2", "1", path]
        if suffix == "aiff" else ["ffmpeg", "-v", "error", "-i", source, *metadata, path],
        check=True, timeout=60,
    )  # fmt: skip
    said = read_tags(path)
    assert (said.title, said.artists, said.album) == ("Sólin", ("Lark",), "Shores")
    assert (said.date, said.genres, said.track_number) == (date(1997, 1, 1), ("Folk",), 3)
    assert said.duration_ms == pytest.approx(2000, abs=150)
    known = {"m4a": "aac"}
    assert said.codec == known.get(suffix, suffix)
