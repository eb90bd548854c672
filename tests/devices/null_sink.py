"""A hall that can be listened to: a private PulseAudio whose only loudspeaker is a null sink, and a recording of it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from device_drivers.child import kill_group
from device_drivers.loudspeaker.sound import RATE_HZ
from tests.devices.waiting import wait_for

SINK = "hall"
PROGRAMS = ("pulseaudio", "paplay", "parec", "pactl")
SAMPLE_BYTES = 2
FORMAT = ("--format=s16le", f"--rate={RATE_HZ}", "--channels=1")


def is_here() -> bool:
    """Whether this machine has the programs."""
    return all(shutil.which(program) for program in PROGRAMS)


class NullSink:
    """Starts at once and records all that is played, as raw samples, until closed."""

    def __init__(self) -> None:
        # sockets have short names only, so the folder is not the test's own
        self._folder = Path(tempfile.mkdtemp(prefix="hall-"))
        self.server = f"unix:{self._folder}/native"
        self._recording = self._folder / "hall.raw"
        self._pulseaudio = self._start(
            *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"),
            f"--load=module-null-sink sink_name={SINK} format=s16le rate={RATE_HZ} channels=1",
            f"--load=module-native-protocol-unix auth-anonymous=1 socket={self._folder}/native",
        )
        wait_for(lambda: (self._folder / "native").exists() and self._pactl("info") == 0)
        self._parec = self._start(
            *("parec", "-s", self.server, "-d", f"{SINK}.monitor", "--raw", "--latency-msec=50", *FORMAT),
            str(self._recording),
        )
        wait_for(lambda: len(self.recorded()) > 0)

    @property
    def player(self) -> tuple[str, ...]:
        """The command for the driver's settings."""
        return ("paplay", "-s", self.server, "-d", SINK)

    def recorded(self) -> bytes:
        """The samples so far."""
        return self._recording.read_bytes() if self._recording.exists() else b""

    def recorded_until(self, is_enough: Callable[[bytes], bool]) -> bytes:
        """The recording once it has what was played last: it runs some milliseconds behind."""
        return wait_for(lambda: sound if is_enough(sound := self.recorded()) else None)

    def kill(self) -> None:
        """The sink is gone."""
        kill_group(self._pulseaudio)
        self._pulseaudio.wait()

    def close(self) -> None:
        for process in (self._parec, self._pulseaudio):
            kill_group(process)
            process.wait()
        shutil.rmtree(self._folder)

    def _pactl(self, *words: str) -> int:
        environment = self._environment()
        return subprocess.run(
            ["pactl", "-s", self.server, *words], env=environment, capture_output=True, check=False, timeout=10
        ).returncode

    def _start(self, *command: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            command,
            env=self._environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        """A home of its own: no settings of this machine, no autospawn, no cookie."""
        own = {name: str(self._folder) for name in ("HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH", "XDG_CONFIG_HOME")}
        return {**os.environ, **own}
