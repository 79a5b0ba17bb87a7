"""Loads that broke off, and libraries of which the database has a part."""

from dataclasses import replace

import polars as pl
import pytest

from segue.library import Library
from segue.web.catalog import load_listens
from segue.web.catalog.export import export
from segue.web.catalog.load import load
from segue.web.listening.models import Listen, Listener


@pytest.fixture(autouse=True)
def _few_at_once(monkeypatch):
    monkeypatch.setattr(load_listens, "AT_ONCE", 500)


class Broken(Exception):
    """What interrupts a load."""


def test_a_load_that_broke_off_is_completed_by_loading_again(transactional_db, demo_library, tmp_path, monkeypatch):
    written = []

    def break_off(*given):
        written.append(given)
        if len(written) == 3:
            raise Broken
        return _write(*given)

    _write = load_listens._write
    monkeypatch.setattr(load_listens, "_write", break_off)
    with pytest.raises(Broken):
        load(demo_library)
    assert Listen.objects.count() == 1000
    monkeypatch.setattr(load_listens, "_write", _write)
    assert load(demo_library)["listens"] == demo_library.listens.height - 1000
    export(tmp_path)
    assert Library.open(tmp_path).fingerprint() == demo_library.fingerprint()


def test_new_listens_among_known_ones_go_in_and_nothing_goes_in_twice(db, demo_library, tmp_path):
    listens = demo_library.listens.with_row_index()
    half = listens.filter((pl.col("index") // 700) % 2 == 0).drop("index")
    assert load(replace(demo_library, listens=half))["listens"] == half.height
    assert load(demo_library)["listens"] == demo_library.listens.height - half.height
    assert load(demo_library)["listens"] == 0
    export(tmp_path)
    assert Library.open(tmp_path).fingerprint() == demo_library.fingerprint()


def test_what_was_not_known_of_a_listen_is_filled_in_among_new_ones(db, demo_library, tmp_path):
    less = demo_library.listens.head(1200).with_columns(ms_played=pl.lit(None, pl.Int32))
    load(replace(demo_library, listens=less))
    load(demo_library)
    export(tmp_path)
    assert Library.open(tmp_path).fingerprint() == demo_library.fingerprint()


def test_listeners_whose_listens_are_new_have_changed(db, demo_library):
    first = demo_library.listens["listener_id"][0]
    theirs = pl.col("listener_id").cast(pl.String) == first
    load(replace(demo_library, listens=demo_library.listens.filter(~theirs)))
    before = Listener.objects.get(key=first).version
    load(demo_library)
    now = dict(Listener.objects.values_list("key", "version"))
    assert now[first] > before
    load(demo_library)
    assert dict(Listener.objects.values_list("key", "version")) == now
