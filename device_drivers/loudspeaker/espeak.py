"""The voice of espeak-ng: offline, in Ukrainian and English, 50 ms for a phrase."""

import subprocess
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from device_drivers.child import Child
from device_drivers.loudspeaker.hall import HallLoudspeaker, HallSettings, Phrase, system_now
from device_drivers.loudspeaker.protocol import LANGUAGES
from device_drivers.loudspeaker.sound import Sound, read_wav, tones

WORDS_PER_MINUTE = 135  # unhurried
SYNTHESIS_SECONDS_MAX = 10.0
Engine = Literal["espeak-ng", "tones"]


class Loudspeakers(HallSettings, frozen=True, kw_only=True, tag="espeak"):
    """``engine`` makes the voice; ``tones`` is no voice: for machines without espeak-ng."""

    engine: Engine = "espeak-ng"


class EspeakVoice:
    """Speaks any text."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._child = Child()

    def troubles(self) -> tuple[str, ...]:
        if self._engine == "tones":
            return ()
        try:
            self._child.run(["espeak-ng", "--version"], seconds_max=SYNTHESIS_SECONDS_MAX)
        except (OSError, subprocess.SubprocessError):
            return ("no-voice",)
        return ()

    def recipe(self, phrase: Phrase) -> str:
        return f"{self._engine} {WORDS_PER_MINUTE} {phrase.language} {phrase.text}"

    def speech(self, phrase: Phrase) -> Sound:
        if self._engine == "tones":
            return tones(phrase.text)
        voice = LANGUAGES[phrase.language]
        command = ["espeak-ng", "-v", voice, "-s", str(WORDS_PER_MINUTE), "--stdin", "--stdout"]
        return read_wav(self._child.run(command, given=phrase.text.encode(), seconds_max=SYNTHESIS_SECONDS_MAX))

    def gong(self) -> None:
        """It has no recordings."""

    def close(self) -> None:
        self._child.close()


def espeak_loudspeaker(settings: Loudspeakers, *, now: Callable[[], datetime] = system_now) -> HallLoudspeaker:
    """A hall that espeak-ng speaks to."""
    return HallLoudspeaker(settings, voice=EspeakVoice(settings.engine), now=now)
