"""Any other engine of speech (RHVoice, Piper): a command that is given a text and answers with a WAV file."""

import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from device_drivers.child import Child
from device_drivers.loudspeaker.hall import HallLoudspeaker, HallSettings, Phrase, system_now
from device_drivers.loudspeaker.sound import Sound, read_wav


class SpeechCommand(HallSettings, frozen=True, kw_only=True, tag="speech-command"):
    """``command`` is a program with its arguments; ``{language}``, ``{text_file}``, ``{wav_file}`` are filled in.

    The text comes on the standard input where ``{text_file}`` does not stand, and the WAV is taken from the standard
    output where ``{wav_file}`` does not. After ``answer_seconds`` it is killed with all it started.
    """

    command: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    answer_seconds: float = 10.0


class CommandVoice:
    """Speaks what a program speaks."""

    def __init__(self, command: tuple[str, ...], *, answer_seconds: float) -> None:
        self._command = command
        self._answer_seconds = answer_seconds
        self._child = Child()

    def troubles(self) -> tuple[str, ...]:
        return () if shutil.which(self._command[0]) else ("no-voice",)

    def recipe(self, phrase: Phrase) -> str:
        return f"{self._command} {phrase.language} {phrase.text}"

    def speech(self, phrase: Phrase) -> Sound:
        with tempfile.TemporaryDirectory(prefix="speech-") as folder:
            text_file, wav_file = Path(folder) / "text.txt", Path(folder) / "speech.wav"
            text_file.write_text(phrase.text, encoding="utf-8")
            written = self._child.run(
                [_filled(part, phrase, text_file=text_file, wav_file=wav_file) for part in self._command],
                given=phrase.text.encode(),
                seconds_max=self._answer_seconds,
            )
            return read_wav(wav_file.read_bytes() if wav_file.exists() else written)

    def gong(self) -> None:
        """It has no recordings."""

    def close(self) -> None:
        self._child.close()


def command_loudspeaker(settings: SpeechCommand, *, now: Callable[[], datetime] = system_now) -> HallLoudspeaker:
    """A hall that a program of the office's choice speaks to."""
    voice = CommandVoice(settings.command, answer_seconds=settings.answer_seconds)
    return HallLoudspeaker(settings, voice=voice, now=now)


def _filled(part: str, phrase: Phrase, *, text_file: Path, wav_file: Path) -> str:
    for name, filling in (
        ("{language}", phrase.language),
        ("{text_file}", str(text_file)),
        ("{wav_file}", str(wav_file)),
    ):
        part = part.replace(name, filling)
    return part
