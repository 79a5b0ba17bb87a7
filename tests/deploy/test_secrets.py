"""Secrets of the service out of files, as containers have them."""

import pytest

from segue.errors import BadSetting
from segue.web import environment


def test_a_secret_may_be_in_a_file(tmp_path, monkeypatch):
    file = tmp_path / "key"
    monkeypatch.delenv("SEGUE_SECRET_KEY", raising=False)
    monkeypatch.setenv("SEGUE_SECRET_KEY_FILE", str(file))
    with pytest.raises(BadSetting, match=r"SEGUE_SECRET_KEY_FILE names .*key, which cannot be read: No such file"):
        environment.text("SEGUE_SECRET_KEY")
    file.write_text("\n")
    with pytest.raises(BadSetting, match="which is empty"):
        environment.text("SEGUE_SECRET_KEY")
    file.write_text("s3cret\n")
    assert environment.text("SEGUE_SECRET_KEY") == "s3cret"
    monkeypatch.setenv("SEGUE_SECRET_KEY", "another")
    with pytest.raises(BadSetting, match="both set"):
        environment.text("SEGUE_SECRET_KEY")


def test_what_is_no_secret_is_read_from_no_file(tmp_path, monkeypatch):
    (tmp_path / "url").write_text("https://elsewhere.example.org")
    monkeypatch.setenv("SEGUE_MAIL_FROM_FILE", str(tmp_path / "url"))
    assert environment.text("SEGUE_MAIL_FROM") == "Segue <segue@localhost>"
