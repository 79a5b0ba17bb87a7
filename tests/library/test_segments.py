import numpy as np

from segue.library.segments import age_group, segments_of


def test_what_listeners_say_of_themselves(small_library):
    segments = segments_of(small_library, np.array(["u2", "u1", "u3"], dtype=object))
    assert segments["country"].tolist() == [None, "DE", None]
    assert segments["age"].tolist() == [None, "30-39", None]
    assert "gender" not in segments


def test_age_groups_are_decades():
    assert [age_group(age) for age in (9, 20, 29, 30)] == ["0-9", "20-29", "20-29", "30-39"]
