"""A hall that is spoken to: the gong and a phrase, twice, out of any voice, into any player or a folder.

A phrase is made once and kept as a WAV file under its hash: the same call costs nothing the second time.
"""

import hashlib
import re
import subprocess
import wave
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec

from device_drivers.child import Child
from device_drivers.driver import READY, Condition, degraded
from device_drivers.errors import BadCall, NeedsAttention
from device_drivers.loudspeaker.protocol import (
    LANGUAGES,
    PIECES_MAX,
    TEXT_LETTERS_MAX,
    VOLUME_PERCENT_MAX,
    Dropped,
    Spoken,
)
from device_drivers.loudspeaker.sound import Sound, announcement, quieter, silence, write_wav

PLAYER_START_SECONDS_MAX = 5.0  # beyond the length of the sound itself: a player that hangs is killed
CACHE_FILES_MAX = 2_000  # about 500 MB; the oldest go first
PROBE_SECONDS = 0.1
_PIECE = re.compile(r"[a-z0-9-]{1,40}")


class HallSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every loudspeaker has.

    ``folder`` keeps what was said. ``player`` is a command to which the path of a WAV file is added (``["paplay"]``,
    ``["aplay", "-q"]``); without one the sound goes into ``folder`` only. A call older than ``stale_seconds`` is not
    spoken.
    """

    folder: str
    player: tuple[str, ...] = ()
    stale_seconds: float = 25.0


class Phrase(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said: as words, and as keys of recordings that say the same."""

    text: str
    language: str
    pieces: tuple[str, ...] = ()


class Voice(Protocol):
    """Makes sound of phrases."""

    def troubles(self) -> tuple[str, ...]:
        """Why it could not speak now, as keys."""
        ...

    def recipe(self, phrase: Phrase) -> str:
        """A text that is another whenever the sound of ``phrase`` would be."""
        ...

    def speech(self, phrase: Phrase) -> Sound:
        """``phrase``, said once. Raises OSError, ValueError or subprocess.SubprocessError when it cannot be said."""
        ...

    def gong(self) -> Sound | None:
        """The recording that comes first, where the office has its own."""
        ...

    def close(self) -> None:
        """Give up what is under way."""
        ...


def system_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class HallLoudspeaker:
    """Gong, phrase, pause, phrase."""

    def __init__(self, settings: HallSettings, *, voice: Voice, now: Callable[[], datetime] = system_now) -> None:
        self._settings = settings
        self._voice = voice
        self._now = now
        self._folder = Path(settings.folder)
        self._player = Child()

    def probe(self) -> Condition:
        reasons = [*self._voice.troubles()]
        if not self._is_heard():
            reasons.append("no-sound")
        return degraded(*reasons) if reasons else READY

    def announce(
        self,
        text: str,
        *,
        language: str,
        asked_at: datetime,
        pieces: tuple[str, ...] = (),
        volume_percent: int = VOLUME_PERCENT_MAX,
    ) -> Spoken | Dropped:
        if not text.strip() or len(text) > TEXT_LETTERS_MAX or language not in LANGUAGES:
            raise BadCall("a text of 1 to 400 letters in uk or en")
        if len(pieces) > PIECES_MAX or any(_PIECE.fullmatch(piece) is None for piece in pieces):
            raise BadCall("at most 32 pieces, named by small Latin letters, digits and dashes")
        if not 0 < volume_percent <= VOLUME_PERCENT_MAX:
            raise BadCall("a volume of 1 to 100 percent")
        age_seconds = (self._now() - asked_at).total_seconds()
        if age_seconds > self._settings.stale_seconds:
            return Dropped(age_seconds=age_seconds)
        phrase = Phrase(text=text, language=language, pieces=pieces)
        path = self._prepared(phrase, volume_percent=volume_percent)
        with wave.open(str(path)) as sound:
            seconds = sound.getnframes() / sound.getframerate()
        try:
            self._play(path, seconds=seconds)
        except (OSError, subprocess.SubprocessError) as error:
            raise NeedsAttention("no-sound") from error
        return Spoken(seconds=seconds, wav_path=str(path))

    def close(self) -> None:
        self._voice.close()
        self._player.close()

    def _prepared(self, phrase: Phrase, *, volume_percent: int) -> Path:
        """The WAV of gong and phrase, this loud, from the cache or made now."""
        try:
            key = hashlib.sha256(f"{volume_percent} {self._voice.recipe(phrase)}".encode()).hexdigest()[:32]
            path = self._folder / f"{key}.wav"
            if not path.exists():
                whole = announcement(self._voice.speech(phrase), gong=self._voice.gong())
                self._keep(path, quieter(whole, percent=volume_percent))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise NeedsAttention("no-voice") from error
        return path

    def _keep(self, path: Path, sound: Sound) -> None:
        """Write beside and rename: a power cut leaves no half of a phrase under its name."""
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = sorted(self._folder.glob("*.wav"), key=lambda known: known.stat().st_mtime)
        for known in kept[: max(0, len(kept) - CACHE_FILES_MAX + 1)]:
            known.unlink(missing_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(write_wav(sound))
        part.rename(path)

    def _play(self, path: Path, *, seconds: float) -> None:
        if self._settings.player:
            self._player.run([*self._settings.player, str(path)], seconds_max=seconds + PLAYER_START_SECONDS_MAX)

    def _is_heard(self) -> bool:
        """Whether the player takes a moment of silence: a sink that is gone is known before the next call."""
        path = self._folder / "probe" / "silence.wav"
        try:
            if not path.exists():
                self._keep(path, silence(PROBE_SECONDS))
            self._play(path, seconds=PROBE_SECONDS)
        except (OSError, subprocess.SubprocessError):
            return False
        return True
