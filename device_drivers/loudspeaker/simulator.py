"""A hall that is not there: a player command that only takes note of what it was given.

Run as ``python -m device_drivers.loudspeaker.simulator FOLDER WAV``. Fault: ``no-sound`` (the player fails).
"""

import json
import shutil
import sys
from pathlib import Path
from typing import ClassVar

from device_drivers.loudspeaker.sound import read_wav
from device_drivers.simulated import Faulty

PLAYED = "played.jsonl"
MUTE = "mute"


class LoudspeakerSimulator(Faulty):
    """Keeps a list of the sounds that the hall heard."""

    FAULTS: ClassVar[tuple[str, ...]] = ("no-sound",)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MUTE).unlink(missing_ok=True)

    @property
    def address(self) -> str:
        return str(self._folder)

    @property
    def player(self) -> tuple[str, ...]:
        """The command for the driver's settings."""
        return (sys.executable, "-m", "device_drivers.loudspeaker.simulator", str(self._folder))

    def facts(self) -> dict[str, str | int]:
        return {"played": len(self.played()), "spool": str(self._folder)}

    def played(self) -> list[str]:
        """The WAV files heard so far, in order."""
        path = self._folder / PLAYED
        if not path.exists():
            return []
        return [json.loads(line)["wav"] for line in path.read_text("utf-8").splitlines()]

    def after_change(self) -> None:
        if self.fault == "no-sound":
            (self._folder / MUTE).touch()
        else:
            (self._folder / MUTE).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing runs between sounds."""


def main(arguments: list[str]) -> int:
    """Play: copy the sound to last.wav and note it."""
    folder, wav = Path(arguments[0]), Path(arguments[1])
    if (folder / MUTE).exists():
        sys.stderr.write("no such sink\n")
        return 1
    try:
        read_wav(wav.read_bytes())
    except ValueError:
        return 0  # the driver only looks whether there is a player: nobody hears that
    shutil.copyfile(wav, folder / "last.wav")
    with (folder / PLAYED).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"wav": str(wav)}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
