"""The voice of the hall: espeak-ng makes speech, any command or a folder takes it.

A phrase is synthesised once and kept as a WAV file under its hash: the same call costs nothing the second time.
"""

import hashlib
import subprocess
import wave
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from device_drivers.driver import READY, Condition, degraded
from device_drivers.errors import BadCall, NeedsAttention
from device_drivers.loudspeaker.protocol import TEXT_LETTERS_MAX, Dropped, Spoken
from device_drivers.loudspeaker.sound import announcement, check_wav, tones

LANGUAGES = {"uk": "uk", "en": "en-gb"}  # ours to espeak-ng's
WORDS_PER_MINUTE = 135  # unhurried
SYNTHESIS_SECONDS_MAX = 10.0
PLAY_SECONDS_MAX = 45.0
CACHE_FILES_MAX = 2_000  # about 500 MB; the oldest go first


class Loudspeakers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="espeak"):
    """Settings of a hall.

    ``engine`` makes the voice (``tones`` is no voice: for machines without espeak-ng). ``player`` is a command to which
    the WAV path is added (``["paplay"]``, ``["aplay", "-q"]``); without one the sound goes into ``folder`` only.
    A call older than ``stale_seconds`` is not spoken.
    """

    folder: str
    engine: Literal["espeak-ng", "tones"] = "espeak-ng"
    player: tuple[str, ...] = ()
    stale_seconds: float = 25.0


def _system_now() -> datetime:
    return datetime.now(UTC)


class EspeakLoudspeaker:
    """Gong, phrase, pause, phrase."""

    def __init__(self, settings: Loudspeakers, *, now: Callable[[], datetime] = _system_now) -> None:
        self._settings = settings
        self._now = now
        self._folder = Path(settings.folder)
        self._player_failed = False

    def probe(self) -> Condition:
        reasons = []
        if self._settings.engine == "espeak-ng" and not _answers("espeak-ng", "--version"):
            reasons.append("no-voice")
        if self._settings.player and self._player_failed:
            reasons.append("no-sound")
        return degraded(*reasons) if reasons else READY

    def announce(self, text: str, *, language: str, asked_at: datetime) -> Spoken | Dropped:
        if not text.strip() or len(text) > TEXT_LETTERS_MAX or language not in LANGUAGES:
            raise BadCall("a text of 1 to 400 letters in uk or en")
        age_seconds = (self._now() - asked_at).total_seconds()
        if age_seconds > self._settings.stale_seconds:
            return Dropped(age_seconds=age_seconds)
        path = self._prepared(text, language)
        self._play(path)
        with wave.open(str(path)) as sound:
            seconds = sound.getnframes() / sound.getframerate()
        return Spoken(seconds=seconds, wav_path=str(path))

    def close(self) -> None:
        """Nothing is held between announcements."""

    def _prepared(self, text: str, language: str) -> Path:
        """The WAV of gong and text, from the cache or made now."""
        key = hashlib.sha256(f"{self._settings.engine} {language} {text}".encode()).hexdigest()[:32]
        path = self._folder / f"{key}.wav"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._forget_oldest()
            speech = self._synthesised(text, language)
            part = path.with_suffix(".part")
            part.write_bytes(announcement(speech))
            part.rename(path)
        return path

    def _synthesised(self, text: str, language: str) -> bytes:
        if self._settings.engine == "tones":
            return tones(text)
        command = ["espeak-ng", "-v", LANGUAGES[language], "-s", str(WORDS_PER_MINUTE), "--stdin", "--stdout"]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed command, the text goes in as input
                command, input=text.encode(), capture_output=True, timeout=SYNTHESIS_SECONDS_MAX, check=True
            )
            return check_wav(done.stdout)
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            raise NeedsAttention("no-voice") from error

    def _play(self, path: Path) -> None:
        if not self._settings.player:
            return
        try:
            subprocess.run(  # noqa: S603 - the command stands in the settings of the office
                [*self._settings.player, str(path)], capture_output=True, timeout=PLAY_SECONDS_MAX, check=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            self._player_failed = True
            raise NeedsAttention("no-sound") from error
        self._player_failed = False

    def _forget_oldest(self) -> None:
        kept = sorted(self._folder.glob("*.wav"), key=lambda path: path.stat().st_mtime)
        for path in kept[: max(0, len(kept) - CACHE_FILES_MAX + 1)]:
            path.unlink(missing_ok=True)


def _answers(*command: str) -> bool:
    try:
        subprocess.run(command, capture_output=True, timeout=SYNTHESIS_SECONDS_MAX, check=True)  # noqa: S603 - no shell
    except (OSError, subprocess.SubprocessError):
        return False
    return True
