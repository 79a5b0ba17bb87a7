"""An artist whom somebody else plays under the listener's name: what was played of them says nothing of their taste."""

from __future__ import annotations

from django.db import transaction

from segue.errors import NotFound
from segue.web import clock
from segue.web.catalog.models import Artist, Credit
from segue.web.listening.changing import changed
from segue.web.listening.models import Listen, Listener, NotMyTaste

MOST_TRACKS = 5000


def not_my_artist(listener: Listener, artist_key: str, *, add: bool) -> str:
    """Say so of every track of the artist's own that was played, or take it back; the artist's name.

    In a private session nothing changes. Raises `NotFound`.
    """
    artist = None if "\0" in artist_key else Artist.objects.filter(key=artist_key).first()
    if artist is None:
        raise NotFound("There is no artist of that id.")
    if listener.is_private(clock.now_ms()):
        return artist.name
    theirs = Credit.objects.filter(artist=artist, featured=False, position=0).values("track_id")
    with transaction.atomic():
        changed(listener)
        mine = NotMyTaste.objects.filter(listener_id=listener.pk, track_id__in=theirs)
        if not add:
            mine.delete()
            return artist.name
        played = Listen.objects.filter(listener_id=listener.pk, track_id__in=theirs).values_list("track_id", flat=True)
        new = set(played.distinct()[:MOST_TRACKS]) - set(mine.values_list("track_id", flat=True))
        NotMyTaste.objects.bulk_create(
            [NotMyTaste(listener_id=listener.pk, track_id=track) for track in sorted(new) if track is not None],
            batch_size=500,
        )
    return artist.name
