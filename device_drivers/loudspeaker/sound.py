"""Sound in memory: mono, 16 bit, at the rate of the voice; the gong, the pauses, tones in place of a voice."""

import array
import io
import math
import wave
from collections.abc import Sequence
from functools import cache

import msgspec

RATE_HZ = 22_050  # espeak-ng's, and of what is made here
RATES_HZ = range(8_000, 48_001)
GONG_HZ = (659.3, 523.3)  # e2, c2: a falling third is heard as "attention", not as an alarm
GONG_SECONDS = 0.9
PAUSE_SECONDS = 0.9
PIECE_PAUSE_SECONDS = 0.06
LEAD_SECONDS = 0.25  # sinks and amplifiers wake up in it: the first 40 ms of a stream were measured to be lost
PEAK = 12_000
SPEECH_PEAK = 26_000  # four fifths of full scale: every voice and every recording equally loud
AUDIBLE_PEAK = 300  # one hundredth of full scale: below it nobody spoke
SECONDS_PER_LETTER = 0.06
FULL_PERCENT = 100


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """Samples and how many of them are a second."""

    rate_hz: int
    samples: "array.array[int]"

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return len(self.samples) / self.rate_hz


def read_wav(content: bytes) -> Sound:
    """The sound in a WAV file; raises ValueError when it is none, is not mono of 16 bit, or nobody can hear it.

    espeak-ng writes a header of endless length to a pipe, so the end is the end of the bytes.
    """
    try:
        with wave.open(io.BytesIO(content)) as file:
            rate_hz, frames = file.getframerate(), file.readframes(file.getnframes())
            if (file.getnchannels(), file.getsampwidth()) != (1, 2) or rate_hz not in RATES_HZ:
                raise ValueError("not mono of 16 bit at 8,000 to 48,000 Hz")
    except (wave.Error, EOFError) as error:
        raise ValueError("no WAV") from error
    samples = array.array("h", frames[: len(frames) // 2 * 2])
    if _peak(samples) < AUDIBLE_PEAK:
        raise ValueError("silent")
    return Sound(rate_hz=rate_hz, samples=samples)


def write_wav(sound: Sound) -> bytes:
    """``sound`` as a WAV file."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sound.rate_hz)
        file.writeframes(sound.samples.tobytes())
    return target.getvalue()


def announcement(speech: Sound, *, gong: Sound | None = None) -> Sound:
    """Gong, speech, pause, speech again; a gong of another rate than that of the voice gives way to ours."""
    rate_hz = speech.rate_hz
    attention = gong.samples if gong is not None and gong.rate_hz == rate_hz else _own_gong(rate_hz)
    spoken = _levelled(speech.samples)
    lead, pause = (silence(seconds, rate_hz=rate_hz).samples for seconds in (LEAD_SECONDS, PAUSE_SECONDS))
    return Sound(rate_hz=rate_hz, samples=lead + attention + spoken + pause + spoken)


def joined(pieces: Sequence[Sound]) -> Sound:
    """One piece after another, with a breath between; raises ValueError for none, or for pieces of several rates."""
    rates = {piece.rate_hz for piece in pieces}
    if len(rates) != 1:
        raise ValueError(f"pieces of {len(rates)} rates")
    (rate_hz,) = rates
    breath = silence(PIECE_PAUSE_SECONDS, rate_hz=rate_hz).samples
    whole = array.array("h")
    for piece in pieces:
        whole += _levelled(piece.samples) + breath
    return Sound(rate_hz=rate_hz, samples=whole)


def quieter(sound: Sound, *, percent: int) -> Sound:
    """The same sound at ``percent`` of its height, gong and speech alike."""
    if percent == FULL_PERCENT:
        return sound
    samples = array.array("h", (sample * percent // FULL_PERCENT for sample in sound.samples))
    return Sound(rate_hz=sound.rate_hz, samples=samples)


def silence(seconds: float, *, rate_hz: int = RATE_HZ) -> Sound:
    """Nothing to hear."""
    return Sound(rate_hz=rate_hz, samples=array.array("h", bytes(2 * round(seconds * rate_hz))))


def tones(text: str) -> Sound:
    """As long as the speech would be: a tone for each word."""
    samples = array.array("h")
    for word in text.split():
        samples += _fading_tone(300 + 20 * len(word), 0.1 + SECONDS_PER_LETTER * len(word), RATE_HZ)
    return Sound(rate_hz=RATE_HZ, samples=samples)


@cache
def _own_gong(rate_hz: int) -> "array.array[int]":
    gong = array.array("h")
    for hertz in GONG_HZ:
        gong += _fading_tone(hertz, GONG_SECONDS, rate_hz)
    return gong


def _fading_tone(hertz: float, seconds: float, rate_hz: int) -> "array.array[int]":
    step = 2 * math.pi * hertz / rate_hz
    count = round(seconds * rate_hz)
    return array.array("h", (round(PEAK * math.sin(step * i) * math.exp(-4 * i / count)) for i in range(count)))


def _levelled(samples: "array.array[int]") -> "array.array[int]":
    peak = _peak(samples)
    if peak < AUDIBLE_PEAK:
        return samples
    gain = SPEECH_PEAK / peak
    return array.array("h", (round(sample * gain) for sample in samples))


def _peak(samples: "array.array[int]") -> int:
    return max(max(samples, default=0), -min(samples, default=0))
