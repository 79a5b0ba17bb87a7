"""The catalogue in the database: the same tables and columns as the Library's (`library/tables.py`), losslessly.

`key` is the id that the Library, the API and snapshots use; the integer primary key never leaves the database.
"""

from __future__ import annotations

from django.db import models


class Artist(models.Model):
    """Who made the music."""

    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=1000)
    mbid = models.CharField(max_length=36, null=True, db_index=True)
    spotify_uri = models.CharField(max_length=100, null=True, db_index=True)
    country = models.CharField(max_length=2, null=True)
    genres = models.JSONField(null=True)
    tags = models.JSONField(null=True)
    bio = models.TextField(null=True)
    popularity = models.FloatField(null=True)

    def __str__(self) -> str:
        return self.name


class Release(models.Model):
    """An album, single or EP. `artist_keys`, the main one first; `date` is the first day of what `date_precision` says is known."""

    key = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=2000)
    artist_keys = models.JSONField(null=True)
    date = models.DateField(null=True)
    date_precision = models.CharField(max_length=5, null=True)
    mbid = models.CharField(max_length=36, null=True)
    spotify_uri = models.CharField(max_length=100, null=True)
    label = models.CharField(max_length=500, null=True)

    def __str__(self) -> str:
        return self.title


class Track(models.Model):
    """What is played. Its artists are its `credits`; lists are JSON as the Library has them."""

    key = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=2000)
    release = models.ForeignKey(Release, models.SET_NULL, null=True, related_name="tracks")
    artists = models.ManyToManyField(Artist, through="Credit", related_name="tracks")
    songwriters = models.JSONField(null=True)
    producers = models.JSONField(null=True)
    date = models.DateField(null=True)
    date_precision = models.CharField(max_length=5, null=True)
    duration_ms = models.BigIntegerField(null=True)
    genres = models.JSONField(null=True)
    subgenres = models.JSONField(null=True)
    tags = models.JSONField(null=True)
    language = models.CharField(max_length=20, null=True)
    instruments = models.JSONField(null=True)
    kind = models.CharField(max_length=12, null=True)
    work_id = models.CharField(max_length=200, null=True)
    explicit = models.BooleanField(null=True)
    popularity = models.FloatField(null=True)
    mbid = models.CharField(max_length=36, null=True, db_index=True)
    isrc = models.CharField(max_length=20, null=True)
    spotify_uri = models.CharField(max_length=100, null=True, db_index=True)
    acousticness = models.FloatField(null=True)
    danceability = models.FloatField(null=True)
    energy = models.FloatField(null=True)
    instrumentalness = models.FloatField(null=True)
    liveness = models.FloatField(null=True)
    speechiness = models.FloatField(null=True)
    valence = models.FloatField(null=True)
    loudness = models.FloatField(null=True)
    tempo = models.FloatField(null=True)
    musical_key = models.SmallIntegerField(null=True)
    mode = models.SmallIntegerField(null=True)
    sound = models.JSONField(null=True)
    lyrics = models.TextField(null=True)

    def __str__(self) -> str:
        return self.title


class Credit(models.Model):
    """An artist on a track, in the order of the credits; featured ones come in an order of their own."""

    track = models.ForeignKey(Track, models.CASCADE, related_name="credits")
    artist = models.ForeignKey(Artist, models.CASCADE, related_name="credits")
    featured = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField()

    class Meta:
        """One artist at each place."""

        constraints = (
            models.UniqueConstraint(fields=("track", "featured", "position"), name="one_artist_at_each_place"),
        )


class Relation(models.Model):
    """Who has to do with whom, as a source says it."""

    artist = models.ForeignKey(Artist, models.CASCADE, related_name="relations")
    other_artist = models.ForeignKey(Artist, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    strength = models.FloatField(null=True)
    source = models.CharField(max_length=100, null=True)

    class Meta:
        """Said once."""

        constraints = (
            models.UniqueConstraint(fields=("artist", "other_artist", "kind"), name="one_relation_of_a_kind"),
        )


class AudioFile(models.Model):
    """An audio file on this machine, as a scan found it. `path` is an absolute path and never shown to listeners."""

    path = models.TextField(unique=True)
    track = models.ForeignKey(Track, models.CASCADE, related_name="files")
    content_id = models.CharField(max_length=100)
    size_bytes = models.BigIntegerField(null=True)
    modified_ms = models.BigIntegerField(null=True)
    duration_ms = models.BigIntegerField(null=True)
    codec = models.CharField(max_length=50, null=True)
    sample_rate = models.IntegerField(null=True)
    channels = models.SmallIntegerField(null=True)
    track_number = models.IntegerField(null=True)
    disc_number = models.IntegerField(null=True)
    replaygain_track_db = models.FloatField(null=True)
    replaygain_album_db = models.FloatField(null=True)
    has_cover = models.BooleanField(null=True)
