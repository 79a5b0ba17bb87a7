import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.library.matching import normalise, parse_title, text_id, work_id
from segue.library.tables import TRACK_KINDS

AWKWARD = st.text(max_size=12) | st.text("abT he,the&'’!$+ .-()[]がきぃ\u3099\u0301éÉßİıǰﬁ½Ⅷ", max_size=16)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beyoncé", "BEYONCE"),
        ("Simon & Garfunkel", "simon and garfunkel"),
        ("The Beatles", "Beatles, The"),
        ("Don’t  Stop", "Dont stop"),
        ("Sigur Rós", "sigur ros"),
        ("Mötley Crüe", "Motley Crue"),
        ("P!nk", "Pink"),
        ("Ke$ha", "kesha"),
        ("AC/DC", "AC-DC"),
        ("Straße", "STRASSE"),
        ("Ёлка", "елка"),
        ("ＡＢＣ", "abc"),
    ],
)
def test_spellings_of_one_name_are_the_same(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize("name", ["椎名林檎", "हिन्दी", "한국", "がぎ", "!!!", "÷", "&"])
def test_names_in_other_scripts_or_of_signs_stay(name):
    assert normalise(name) == name


def test_a_band_called_the_the_keeps_a_name():
    assert normalise("The The") == "the"


@given(AWKWARD)
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    "title",
    [
        "Live Forever", "Remix to Ignition", "Covered in Rain", "Dancing (With Myself)", "Run (For Cover)", "Live",
        "(Live)", "(Everything I Do) I Do It for You", "Symphony No. 5 - Allegro", "Party - 1999", "Lost (In the Mix)",
        "Where We Live (Long Live)", "Acoustic", "Part II", "",
    ],
)  # fmt: skip
def test_titles_that_merely_contain_such_words_are_whole(title):
    assert parse_title(title) == (title, "original", (), None, "")


@pytest.mark.parametrize(
    ("title", "kind", "recording"),
    [
        ("Lantern - 2011 Remaster", "remaster", ""),
        ("Lantern (Remastered)", "remaster", ""),
        ("Lantern - Remastered 2009", "remaster", ""),
        ("Lantern - Mono / 2009 Remaster", "remaster", ""),
        ("Lantern (2011) - Remaster", "remaster", ""),
        ("Lantern - Live", "live", "live"),
        ("Lantern (Live at Wembley, 1986)", "live", "live at wembley 1986"),
        ("Lantern - Live at Leeds / Remastered 2010", "live", "live at leeds"),
        ("Lantern [MTV Unplugged]", "live", "mtv unplugged"),
        ("Lantern - Ao Vivo", "live", "ao vivo"),
        ("Lantern (Remix)", "remix", "remix"),
        ("Lantern - Gull Choir Remix", "remix", "gull choir remix"),
        ("Lantern (Club Mix)", "remix", "club mix"),
        ("Lantern - Gull Choir Edit", "remix", "gull choir edit"),
        ("Lantern (Gull Choir Cover)", "cover", "gull choir cover"),
        ("Lantern - Originally Performed by Gulls", "cover", "originally performed by gulls"),
        ("Lantern - Radio Edit", "original", "radio edit"),
        ("Lantern (Acoustic)", "original", "acoustic"),
        ("Lantern - Mono", "original", ""),
        ("Lantern (Stereo Mix)", "original", ""),
        ("Lantern (Deluxe Edition)", "original", ""),
        ("Lantern - Original Mix", "original", ""),
        ('Lantern - From "The Heron"', "original", ""),
        ("Lantern (Ada's Version)", "original", "adas version"),
    ],
)
def test_versions_are_told_from_the_song(title, kind, recording):
    parsed = parse_title(title)
    assert (parsed.core, parsed.kind, parsed.recording) == ("Lantern", kind, recording)
    assert parsed.kind in TRACK_KINDS


@pytest.mark.parametrize(
    ("title", "featured"),
    [
        ("Lantern (feat. Gull Choir)", ("Gull Choir",)),
        ("Lantern ft. Gull Choir", ("Gull Choir",)),
        ("Lantern [featuring Ada, Bo & Cy]", ("Ada", "Bo", "Cy")),
        ("Lantern (with Gull Choir) - Live", ("Gull Choir",)),
        ("Lantern (with The Gulls)", ("The Gulls",)),
        ("Lantern - feat. Ada", ("Ada",)),
        ("Lantern feat. Ada (Remix)", ("Ada",)),
    ],
)
def test_guests_are_told_from_the_song(title, featured):
    parsed = parse_title(title)
    assert (parsed.core, parsed.featured) == ("Lantern", featured)


@given(AWKWARD)
def test_any_title_can_be_taken_apart(title):
    parsed = parse_title(title)
    assert parsed.kind in TRACK_KINDS
    assert parsed.core or not title.strip()


def test_taking_apart_a_hostile_title_ends():
    assert parse_title("(" * 100_000 + ")" * 100_000).kind == "original"
    assert parse_title("a " * 249 + "(" + "x " * 200 + ")").kind == "original"


def test_versions_of_a_song_share_a_work_and_songs_do_not():
    works = {work_id("The Larks", title) for title in ("Lantern", "Lantern - Live", "LANTERN (feat. Ada) [Remix]")}
    assert works == {"work:larks/lantern"}
    assert work_id("The Larks", "Live Lantern") not in works


def test_ids_made_of_names():
    assert text_id("artist", "Portishead") == "artist:portishead"
    assert text_id("track", "Portishead", "Glory Box") == "track:portishead/glory-box"
    assert text_id("track", None, "Glory Box") == "track:/glory-box"
