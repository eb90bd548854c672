"""What the hall really hears: a real sink, recorded."""

from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from device_drivers.driver import HealthState
from device_drivers.errors import NeedsAttention
from device_drivers.loudspeaker.espeak import Loudspeakers, espeak_loudspeaker
from device_drivers.loudspeaker.sound import announcement, tones
from tests.devices import hearing, null_sink
from tests.devices.null_sink import NullSink

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
pytestmark = pytest.mark.skipif(not null_sink.is_here(), reason="pulseaudio and pulseaudio-utils are not installed")


@pytest.fixture
def sink() -> Iterator[NullSink]:
    sink = NullSink()
    yield sink
    sink.close()


@pytest.mark.timeout(240)
def test_every_call_is_heard_whole_in_order_loud_and_by_itself(tmp_path: Path, sink: NullSink) -> None:
    """A tenth of the soak: three calls at once are three announcements, half a minute of sound."""
    heard = hearing.hear(tmp_path, sink, calls=3, within_seconds=0)
    assert heard.calls == 3


def test_a_sink_that_is_gone_is_known_before_the_next_call_and_stops_nobody(tmp_path: Path, sink: NullSink) -> None:
    settings = Loudspeakers(folder=str(tmp_path), engine="tones", player=sink.player)
    speaker = espeak_loudspeaker(settings, now=lambda: NOW)
    assert speaker.probe().state is HealthState.READY
    sink.kill()
    assert speaker.probe().reasons == ("no-sound",)
    with pytest.raises(NeedsAttention, match="no-sound"):
        speaker.announce("Талон", language="uk", asked_at=NOW)


FIRST, SECOND = (hearing.sounding(announcement(tones(text)).samples) for text in ("один", "два три"))
GAP = array("h", bytes(2_000))


@pytest.mark.parametrize(
    ("recording", "why"),
    [
        (GAP + SECOND + GAP + FIRST, "announcement 2"),
        (GAP + FIRST + SECOND[:-2_000], "announcement 2"),
        (GAP + FIRST, "announcement 2"),
        (FIRST + array("h", (a // 2 + b // 2 for a, b in zip(SECOND, FIRST, strict=False))), "announcement 2"),
        (FIRST + GAP + SECOND + SECOND, "something else"),
    ],
    ids=["out of order", "cut", "missing", "into another", "twice as often"],
)
def test_the_measure_itself_notices(recording: "array[int]", why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        hearing.measured(recording.tobytes(), [FIRST, SECOND])


def test_the_measure_notices_a_whisper() -> None:
    faint = array("h", (sample // 50 for sample in FIRST))
    with pytest.raises(AssertionError, match="peak"):
        hearing.measured(faint.tobytes(), [faint])
