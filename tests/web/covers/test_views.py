import io
import os

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from segue.web.catalog.models import AudioFile, Release, Track
from segue.web.covers.recipes import of_music
from segue.web.shown import rows_of_keys
from segue.web.tiles import release_tiles
from tests.sources.music_samples import flac, frame, mp3

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0" + bytes(40)


@pytest.fixture
def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def track(db):
    return Track.objects.create(key="a/b c", title="Sea")


def told(track, path):
    return AudioFile.objects.create(path=str(path), track=track, content_id="x", has_cover=True)


def art(client, track, **more):
    return client.get(reverse("art", args=[track.key]), **more)


def test_covers_are_sent_once_and_for_all(client):
    recipe = of_music("release", "Shores")
    drawn = client.get(recipe.url)
    assert (drawn.status_code, drawn["Content-Type"]) == (200, "image/svg+xml")
    assert "immutable" in drawn["Cache-Control"]
    for asked, wide in (
        (None, 512),
        ("96", 96),
        ("97", 256),
        ("100000", 512),
        ("9999", 512),
        ("²", 512),
        ("-3", 512),
        ("", 512),
    ):
        sent = client.get(reverse("cover_png", args=[recipe.code()]), {} if asked is None else {"size": asked})
        assert (sent.status_code, sent["Content-Type"]) == (200, "image/png")
        assert int.from_bytes(sent.content[16:20], "big") == int.from_bytes(sent.content[20:24], "big") == wide
        assert "immutable" in sent["Cache-Control"]


@pytest.mark.parametrize("code", ["x", "A" * 400, "_" * 16, "!!!!AAAAAAAAAAAA", "%00" * 16])
@pytest.mark.parametrize("kind", ["svg", "png"])
def test_no_such_cover(client, code, kind):
    assert client.get(f"/cover/{code}.{kind}").status_code == 404


def test_the_picture_in_a_file_is_for_those_who_are_signed_in(client, signed_in, track, tmp_path):
    told(track, mp3(tmp_path / "x.mp3", frame("APIC", b"\0image/svg+xml\0\x03\0" + PNG)))
    sent = art(signed_in, track)
    assert (sent.status_code, sent["Content-Type"], sent.content) == (200, "image/png", PNG)
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert sent["Cache-Control"].startswith("private")
    assert str(tmp_path) not in str(sent.headers)
    again = art(signed_in, track, headers={"if-none-match": sent["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", sent["ETag"])
    os.utime(tmp_path / "x.mp3", ns=(1, 1))
    assert art(signed_in, track, headers={"if-none-match": sent["ETag"]}).status_code == 200
    assert art(client, track).status_code == 302


def test_the_cover_beside_a_file_is_as_good(signed_in, track, tmp_path):
    told(track, flac(tmp_path / "x.flac"))
    assert art(signed_in, track).status_code == 404
    (tmp_path / "cover.jpg").write_bytes(JPEG)
    sent = art(signed_in, track)
    assert (sent["Content-Type"], sent.content) == ("image/jpeg", JPEG)


@pytest.mark.parametrize("data", [b"<svg onload='x'/>", b"", b"RIFF0000WAVE", JPEG + bytes(5 * 1024 * 1024)])
def test_only_pictures_of_known_kinds_and_sizes_leave_the_house(signed_in, track, tmp_path, data):
    told(track, mp3(tmp_path / "x.mp3", frame("APIC", b"\0image/png\0\x03\0" + data)))
    (tmp_path / "folder.png").write_bytes(data)
    assert art(signed_in, track).status_code == 404


def test_no_picture_where_there_is_no_file(signed_in, track, tmp_path):
    assert art(signed_in, track).status_code == 404
    os.mkfifo(tmp_path / "pipe.mp3")
    for path in (tmp_path / "gone.mp3", tmp_path / "pipe.mp3", tmp_path, "/dev/zero"):
        told(track, path)
    assert art(signed_in, track).status_code == 404
    assert signed_in.get("/art/nobody").status_code == 404
    assert signed_in.get("/art/a%00b").status_code == 404
    assert signed_in.get("/art/../../etc/passwd").status_code == 404


def test_on_pages_the_picture_of_a_file_stands_for_its_track_and_release(signed_in, track, tmp_path):
    release = Release.objects.create(key="r", title="Shores")
    Track.objects.filter(pk=track.pk).update(release=release)
    whole = io.BytesIO()
    Image.new("RGB", (900, 600), (200, 30, 10)).save(whole, "PNG")
    told(track, mp3(tmp_path / "x.mp3", frame("APIC", b"\0image/png\0\x03\0" + whole.getvalue())))
    [row], [tile] = rows_of_keys([track.key]), release_tiles([release])
    assert row.cover == tile.cover
    sent = signed_in.get(row.cover)
    with Image.open(io.BytesIO(sent.content)) as small:
        assert (sent["Content-Type"], small.format, small.size) == ("image/jpeg", "JPEG", (256, 171))


def test_a_page_gets_a_drawn_cover_where_the_picture_is_none(signed_in, track, tmp_path):
    told(track, mp3(tmp_path / "x.mp3", frame("APIC", b"\0image/png\0\x03\0" + PNG[:20])))
    [row] = rows_of_keys([track.key])
    assert signed_in.get(row.cover, follow=True)["Content-Type"] == "image/svg+xml"
    AudioFile.objects.all().delete()
    [row] = rows_of_keys([track.key])
    assert row.cover.startswith("/cover/")
    assert signed_in.get("/art/nobody?size=256").status_code == 404
