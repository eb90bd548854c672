"""Calls from a real queue through the real voice into a real sink, recorded and measured.

``python -m tests.devices.hearing --calls 30 --seconds 10``: exit status 1 when a call was faint, cut, doubled, out of
order or spoken into another; its last line are figures. The short form runs with the tests.
"""

import argparse
import asyncio
import math
import sys
import tempfile
from array import array
from datetime import datetime
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import msgspec

from device_drivers.driver import Condition
from device_drivers.loudspeaker.espeak import Loudspeakers, espeak_loudspeaker
from device_drivers.loudspeaker.hall import HallLoudspeaker
from device_drivers.loudspeaker.protocol import VOLUME_PERCENT_MAX, Dropped, Spoken
from device_drivers.loudspeaker.sound import RATE_HZ, read_wav
from edge_node.devices.listeners import JournaledDevices
from edge_node.queue import commands
from edge_node.queue.model import TicketCalled
from edge_node.voice.listeners import Voice
from edge_node.voice.model import announcements
from sync.vocabulary.catalogue import Sphere
from tests.devices.null_sink import SAMPLE_BYTES, NullSink
from tests.support.drivers import running_drivers
from tests.support.hall import Hall, clerk

FULL_SCALE = 32_768
PEAK_MIN = 0.5  # of full scale
RMS_MIN_DECIBELS = -30.0  # gong, speech and pauses together; a whisper is below
SPOKEN_SECONDS_MAX = 60.0
PATIENCE_SECONDS = 3_600.0  # nothing is stale here: every call must be heard


class Noted:
    """The real loudspeaker, and a list of what it was asked and did."""

    def __init__(self, speaker: HallLoudspeaker) -> None:
        self._speaker = speaker
        self.said: SimpleQueue[tuple[str, Spoken]] = SimpleQueue()

    def probe(self) -> Condition:
        return self._speaker.probe()

    def announce(
        self,
        text: str,
        *,
        language: str,
        asked_at: datetime,
        pieces: tuple[str, ...] = (),
        volume_percent: int = VOLUME_PERCENT_MAX,
    ) -> Spoken | Dropped:
        outcome = self._speaker.announce(
            text, language=language, asked_at=asked_at, pieces=pieces, volume_percent=volume_percent
        )
        if isinstance(outcome, Spoken):
            self.said.put((text, outcome))
        return outcome

    def close(self) -> None:
        self._speaker.close()


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What stood in the recording."""

    calls: int
    seconds: float
    peak: float
    rms_decibels: float


def hear(folder: Path, sink: NullSink, *, calls: int, within_seconds: float) -> Heard:
    """Make the calls, record the hall, measure; raises AssertionError that says what was not as it should be."""
    hall = Hall(folder)
    settings = Loudspeakers(folder=str(folder / "voice"), player=sink.player, stale_seconds=PATIENCE_SECONDS)
    speaker = Noted(espeak_loudspeaker(settings, now=hall.clock.now))
    called: list[TicketCalled] = []
    hall.store.subscribe(TicketCalled, called.append)
    try:
        said = asyncio.run(_call_all(hall, speaker, calls=calls, within_seconds=within_seconds))
    finally:
        hall.close()
    assert [text for text, _ in said] == [each.text for call in called for each in announcements(call)], "in order"
    wavs = [sounding(read_wav(Path(spoken.wav_path).read_bytes()).samples) for _, spoken in said]
    recording = sink.recorded_until(lambda sound: wavs[-1].tobytes() in sound)
    return measured(recording, wavs)


def sounding(samples: "array[int]") -> "array[int]":
    """Without the silence before and behind, where nobody can tell a cut."""
    loud = [place for place, sample in enumerate(samples) if sample]
    return samples[loud[0] : loud[-1] + 1]


def measured(recording: bytes, wavs: "list[array[int]]") -> Heard:
    """What of ``wavs`` is in ``recording``: each one whole, in order, apart, loud enough, and nothing else."""
    end, other, peaks, powers = 0, b"", [], []
    for place, wav in enumerate(wavs):
        sound = wav.tobytes()
        begin = recording.find(sound, end)
        assert begin >= 0, f"announcement {place + 1} is not in the recording whole, in its turn and by itself"
        other += recording[end:begin]
        end = begin + len(sound)
        peaks.append(max(abs(sample) for sample in wav) / FULL_SCALE)
        powers.append(math.sqrt(sum(sample * sample for sample in wav) / len(wav)) / FULL_SCALE)
    other += recording[end:]
    assert not any(other), "something else was heard"
    heard = Heard(
        calls=len(wavs),
        seconds=sum(len(wav) for wav in wavs) / RATE_HZ,
        peak=min(peaks),
        rms_decibels=20 * math.log10(min(powers)),
    )
    assert heard.peak >= PEAK_MIN, heard
    assert heard.rms_decibels >= RMS_MIN_DECIBELS, heard
    assert len(recording) % SAMPLE_BYTES == 0
    return heard


async def _call_all(hall: Hall, speaker: Noted, *, calls: int, within_seconds: float) -> list[tuple[str, Spoken]]:
    hall.store.bind_loop(asyncio.get_running_loop())
    devices = JournaledDevices(hall.folder / "s", store=hall.store, clock=hall.clock)
    voice = Voice(hall.store, devices=devices, clock=hall.clock)
    desks = hall.set_up(*[(Sphere.PASSPORTS,)] * calls)
    for desk in desks:
        hall.open_desk(desk)
        hall.take()
    async with running_drivers(hall.folder / "s", clock=hall.clock, speaker=speaker):
        speaking = asyncio.create_task(voice.run())
        for desk in desks:
            await hall.store.run(partial(commands.call_next, desk_id=desk.id, by=clerk(desk), now=hall.clock.now()))
            await asyncio.sleep(within_seconds / calls)  # the pace of the hall: nothing is waited for
        said = [await asyncio.to_thread(speaker.said.get, timeout=SPOKEN_SECONDS_MAX) for _ in range(calls)]
        speaking.cancel()
    hall.store.bind_loop(None)
    return said


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=10.0)
    wanted = parser.parse_args()
    sink = NullSink()
    try:
        with tempfile.TemporaryDirectory() as folder:
            heard = hear(Path(folder), sink, calls=wanted.calls, within_seconds=wanted.seconds)
    except AssertionError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    finally:
        sink.close()
    sys.stdout.write(
        f"calls={heard.calls} heard={heard.seconds:.0f}s peak={heard.peak:.2f} rms={heard.rms_decibels:.1f}dB\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
