"""`segue serve`: what it refuses. That it serves is shown where real servers are asked and killed."""

import pytest


@pytest.mark.parametrize(
    ("words", "surroundings", "said"),
    [
        (["--single-user", "--host", "0.0.0.0"], {}, "127.0.0.1, not 0.0.0.0"),
        (["--host", "0.0.0.0"], {"SEGUE_SINGLE_USER": "1"}, "127.0.0.1, not 0.0.0.0"),
        ([], {"SEGUE_SINGLE_USER": "perhaps"}, "SEGUE_SINGLE_USER must be 1 or 0, not 'perhaps'"),
        ([], {"SEGUE_WORKERS": "many"}, "SEGUE_WORKERS must be a whole number of 0 or more, not 'many'"),
    ],
)
def test_what_cannot_be_served_is_refused_with_words(words, surroundings, said, tmp_path, monkeypatch, run):
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    assert said in run("serve", *words, home=tmp_path, ok=1).err
