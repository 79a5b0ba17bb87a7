"""What plain words say of how music sounds: made by hand, in the units of `AUDIO_FEATURES` (shares 0 to 1, bpm, dB)."""

from __future__ import annotations

from collections.abc import Mapping

Targets = Mapping[str, float]

_SAID: tuple[tuple[str, Targets], ...] = (
    # Moods.
    ("calm, quiet, soft, gentle, peaceful, relaxing, soothing, tranquil", {"energy": 0.2, "loudness": -16.0}),
    ("mellow, relaxed, laid back, easy", {"energy": 0.3}),
    ("chill, chilled, chillout", {"energy": 0.35, "tempo": 95.0}),
    ("sad, heartbroken, lonely, blue, tearful", {"valence": 0.15, "energy": 0.3}),
    ("melancholy, melancholic, nostalgic, wistful", {"valence": 0.25, "energy": 0.35}),
    ("dark, gloomy, bleak, sinister", {"valence": 0.15, "energy": 0.45}),
    ("moody", {"valence": 0.3, "energy": 0.4}),
    ("happy, cheerful, joyful, sunny, feelgood, feel good", {"valence": 0.9, "energy": 0.65}),
    ("bright, uplifting, positive", {"valence": 0.8, "energy": 0.65}),
    ("romantic, tender", {"valence": 0.5, "energy": 0.3}),
    ("dreamy, hazy", {"energy": 0.3, "acousticness": 0.5}),
    ("energetic, lively, energizing, pumping", {"energy": 0.9, "tempo": 130.0}),
    ("upbeat", {"valence": 0.75, "tempo": 125.0}),
    ("intense, powerful, epic", {"energy": 0.9}),
    ("angry, aggressive, furious", {"energy": 0.95, "valence": 0.2}),
    ("heavy, loud, hard", {"energy": 0.9, "loudness": -5.0}),
    # How it sounds.
    ("slow", {"tempo": 75.0}),
    ("fast, quick", {"tempo": 150.0}),
    ("acoustic, unplugged", {"acousticness": 0.9}),
    ("piano, strings, cello, violin, harp", {"acousticness": 0.85}),
    ("electric, synthetic", {"acousticness": 0.05}),
    ("instrumental, wordless, no vocals, no words, no lyrics, no singing", {"instrumentalness": 0.9}),
    ("without vocals, without words, without lyrics, without singing", {"instrumentalness": 0.9}),
    ("vocal, vocals, sung, singing", {"instrumentalness": 0.02}),
    ("live, concert", {"liveness": 0.85}),
    ("spoken, talking", {"speechiness": 0.6}),
    ("groovy, danceable", {"danceability": 0.85}),
    # What for.
    ("dance, dancing", {"danceability": 0.85, "energy": 0.75}),
    ("party, club", {"danceability": 0.85, "energy": 0.8, "valence": 0.7}),
    ("workout, gym, training, exercise", {"energy": 0.9, "tempo": 135.0}),
    ("running, run, jogging", {"energy": 0.85, "tempo": 160.0}),
    ("walking, walk", {"energy": 0.55, "tempo": 110.0}),
    ("sleep, sleeping, bedtime, lullaby, lullabies", {"energy": 0.08, "tempo": 70.0, "loudness": -20.0}),
    ("focus, concentration, study, studying, homework, coding", {"energy": 0.3, "instrumentalness": 0.8, "speechiness": 0.04}),
    ("work, working", {"energy": 0.45, "instrumentalness": 0.6}),
    ("reading, meditation, yoga, spa", {"energy": 0.12, "instrumentalness": 0.85}),
    ("dinner, date", {"energy": 0.35, "valence": 0.55}),
    ("cooking, cleaning", {"energy": 0.65, "valence": 0.7}),
    ("driving, road trip, roadtrip", {"energy": 0.7, "tempo": 120.0}),
    # When.
    ("morning, breakfast, coffee, waking", {"energy": 0.4, "valence": 0.65}),
    ("evening", {"energy": 0.35, "valence": 0.5}),
    ("night, midnight, late", {"energy": 0.35, "valence": 0.35}),
    ("sunday", {"energy": 0.3, "valence": 0.6}),
    ("weekend, friday, saturday", {"energy": 0.75, "valence": 0.75, "danceability": 0.7}),
    ("rain, rainy, storm", {"energy": 0.25, "valence": 0.35, "acousticness": 0.7}),
    ("sun, beach, summer, holiday", {"energy": 0.65, "valence": 0.8, "danceability": 0.7}),
    ("winter, snow", {"energy": 0.3, "acousticness": 0.65}),
    ("autumn, fall", {"energy": 0.35, "valence": 0.4, "acousticness": 0.6}),
    ("spring", {"energy": 0.55, "valence": 0.7}),
)  # fmt: skip

VOCABULARY: Mapping[str, Targets] = {word: targets for words, targets in _SAID for word in words.split(", ")}
"""Targets of each word or phrase; several that speak of one feature mean their middle."""

NOT = frozenset({"not", "no", "without", "less", "never"})
"""Turn round the word of the vocabulary that follows."""

_FILLERS = (
    "a about all an and any as at bit by day days during each few for from get give good hear i in into is it kind like "
    "listen listening little lots make me mood more most music my need of on or out play playlist please really some "
    "something song songs sound sounds stuff than that the these thing things this time to track tracks tune tunes up very "
    "vibe vibes want while when with you your"
)
FILLERS = frozenset(_FILLERS.split())
"""Words that say nothing of music."""
