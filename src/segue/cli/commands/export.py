"""`segue export`: the library, or one playlist, in formats other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from segue.cli.context import HomeOption, say
from segue.errors import NotFound
from segue.home import Home
from segue.sources.writers import PLAYLIST_FORMATS, TABLE_FORMATS, Playlist, write_playlist, write_tables


def command(
    to: Annotated[Path, typer.Argument(help="A directory for the whole library, a file for a playlist.")],
    playlist: Annotated[str | None, typer.Option("--playlist", help="A playlist, by id or by title.")] = None,
    format_name: Annotated[
        str | None,
        typer.Option("--format", help=f"Playlist: {', '.join(PLAYLIST_FORMATS)}; library: {', '.join(TABLE_FORMATS)}."),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Write the library as CSV or Parquet, or a playlist as M3U8, XSPF, JSPF or CSV."""
    library = Home.at(home).library()
    known = TABLE_FORMATS if playlist is None else PLAYLIST_FORMATS
    chosen = format_name or ("parquet" if playlist is None else to.suffix.lstrip(".").lower())
    if chosen not in known:
        raise typer.BadParameter(f"{chosen!r} is not one of {', '.join(known)}", param_hint="--format")
    if playlist is None:
        write_tables(library, to, chosen)
        say(f"The library is in {to}, as {chosen}.")
        return
    found = library.playlists.filter((pl.col("playlist_id") == playlist) | (pl.col("title") == playlist))
    if not found.height:
        raise NotFound(f"no playlist {playlist!r} in the library")
    chosen_list = Playlist.of(library, found["playlist_id"][0])
    write_playlist(chosen_list, library, to, chosen)
    say(f"{chosen_list.title}: {len(chosen_list.track_ids)} tracks in {to}")
