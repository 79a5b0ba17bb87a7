"""The words of a song: those in its tags, or in a text file beside it."""

from __future__ import annotations

import re
from pathlib import Path

from segue.sources.archives import decoded

SUFFIXES = (".lrc", ".txt")
# The longest words of a song or an opera; a file that is larger is something else.
_LARGEST_BYTES = 256 << 10
# LRC: [01:23.45] before a line, <01:23.45> before a word, and headers: [ar:…], [offset:+500].
_TIMES = re.compile(r"[\[<]\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?[\]>]", re.ASCII)
_HEADER = re.compile(r"\[(?:ar|al|ti|au|by|re|ve|id|length|offset|la|tool|#)\s*:[^\]]*\]\s*", re.IGNORECASE)
_NOT_TEXT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\ufeff]")


def words_of(written: str) -> str | None:
    """Lyrics as plain lines: without time stamps, headers and control characters; None where none are left."""
    lines = written.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\n").split("\n")
    words = (_NOT_TEXT.sub(" ", _TIMES.sub("", line)).strip() for line in lines if not _HEADER.fullmatch(line.strip()))
    # No more than one empty line in a row.
    return re.sub(r"\n{3,}", "\n\n", "\n".join(words)).strip() or None


def words_beside(path: Path) -> str | None:
    """The words in a .lrc or .txt file; None where it cannot be read, or is no text."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return None
        content = path.read_bytes()
    except OSError:
        return None
    written = decoded(content)
    return None if "\x00" in written else words_of(written)
