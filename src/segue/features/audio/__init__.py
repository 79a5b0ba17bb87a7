"""Analysis of audio files. Nothing else in Segue decodes audio; nothing here loads at `import segue`."""

from segue.features.audio.analysis import ANALYSIS_VERSION, Analysis, analyse
from segue.features.audio.decode import AUDIO_SUFFIXES, NotAudio
from segue.features.audio.definitions import DEFINITIONS, Definition
from segue.features.audio.embedding import SOUND_DIMENSIONS

__all__ = [
    "ANALYSIS_VERSION",
    "AUDIO_SUFFIXES",
    "DEFINITIONS",
    "SOUND_DIMENSIONS",
    "Analysis",
    "Definition",
    "NotAudio",
    "analyse",
]
