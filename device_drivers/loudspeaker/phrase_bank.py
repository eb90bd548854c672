"""A voice of the office's own: recordings of numbers, letters and words, put together.

The folder ``bank`` holds ``gong.wav`` (it may be missing) and, in a folder for each language, a WAV file for each
piece: ``ticket.wav``, ``letter-a.wav``, ``100.wav``, ``20.wav``, ``3.wav``, ``desk.wav`` …, mono, 16 bit, all at one
rate. Where one piece of a phrase is missing or cannot be read, espeak-ng says the whole phrase: two voices in one
sentence are harder to understand than either.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from device_drivers.loudspeaker.espeak import Engine, EspeakVoice
from device_drivers.loudspeaker.hall import HallLoudspeaker, HallSettings, Phrase, system_now
from device_drivers.loudspeaker.sound import Sound, joined, read_wav

PIECE_BYTES_MAX = 4_000_000  # forty seconds at the highest rate


class RecordedPhrases(HallSettings, frozen=True, kw_only=True, tag="phrase-bank"):
    """``bank`` is the folder of recordings; ``engine`` says what is not among them."""

    bank: str
    engine: Engine = "espeak-ng"


class RecordedVoice:
    """Speaks what was recorded, and leaves the rest to espeak-ng."""

    def __init__(self, bank: Path, *, other: EspeakVoice) -> None:
        self._bank = bank
        self._other = other

    def troubles(self) -> tuple[str, ...]:
        missing = () if self._bank.is_dir() else ("no-recordings",)
        return (*missing, *self._other.troubles())

    def recipe(self, phrase: Phrase) -> str:
        """A piece that is recorded anew makes the phrase anew."""
        states = [path.stat() for path in (*self._paths(phrase), self._bank / "gong.wav") if path.exists()]
        return f"bank {[(state.st_mtime_ns, state.st_size) for state in states]} {self._other.recipe(phrase)}"

    def speech(self, phrase: Phrase) -> Sound:
        try:
            return joined([_read(path) for path in self._paths(phrase)])
        except (OSError, ValueError):
            return self._other.speech(phrase)

    def gong(self) -> Sound | None:
        try:
            return _read(self._bank / "gong.wav")
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        self._other.close()

    def _paths(self, phrase: Phrase) -> list[Path]:
        return [self._bank / phrase.language / f"{piece}.wav" for piece in phrase.pieces]


def recorded_loudspeaker(settings: RecordedPhrases, *, now: Callable[[], datetime] = system_now) -> HallLoudspeaker:
    """A hall that the office's own recordings speak to."""
    voice = RecordedVoice(Path(settings.bank), other=EspeakVoice(settings.engine))
    return HallLoudspeaker(settings, voice=voice, now=now)


def _read(path: Path) -> Sound:
    if path.stat().st_size > PIECE_BYTES_MAX:
        raise ValueError("too long for a piece")
    return read_wav(path.read_bytes())
