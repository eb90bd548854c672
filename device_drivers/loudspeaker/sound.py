"""Sound as bytes: the gong, the pauses, and tones in place of a voice. 22,050 Hz, mono, 16 bit, as espeak-ng speaks."""

import array
import io
import math
import wave

RATE_HZ = 22_050
GONG_HZ = (659.3, 523.3)  # e2, c2: a falling third is heard as "attention", not as an alarm
GONG_SECONDS = 0.9
PAUSE_SECONDS = 0.9
PEAK = 12_000
SECONDS_PER_LETTER = 0.06


def check_wav(content: bytes) -> bytes:
    """``content`` when it is sound of our rate and width; raises ValueError else."""
    try:
        with wave.open(io.BytesIO(content)) as sound:
            if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) != (RATE_HZ, 1, 2):
                raise ValueError("not 22,050 Hz, mono, 16 bit")
    except (wave.Error, EOFError) as error:
        raise ValueError("no WAV") from error
    return content


def announcement(speech_wav: bytes) -> bytes:
    """Gong, speech, pause, speech again, as WAV."""
    speech = _samples(speech_wav)
    silence = array.array("h", bytes(2 * round(PAUSE_SECONDS * RATE_HZ)))
    gong = array.array("h")
    for hertz in GONG_HZ:
        gong += _fading_tone(hertz, GONG_SECONDS)
    return _wav(gong + speech + silence + speech)


def tones(text: str) -> bytes:
    """As long as the speech would be: a tone for each word."""
    samples = array.array("h")
    for word in text.split():
        samples += _fading_tone(300 + 20 * len(word), 0.1 + SECONDS_PER_LETTER * len(word))
    return _wav(samples)


def _fading_tone(hertz: float, seconds: float) -> "array.array[int]":
    step = 2 * math.pi * hertz / RATE_HZ
    count = round(seconds * RATE_HZ)
    return array.array("h", (round(PEAK * math.sin(step * i) * math.exp(-4 * i / count)) for i in range(count)))


def _samples(content: bytes) -> "array.array[int]":
    """The samples; espeak-ng writes a header of endless length to a pipe, so the end is the end of the bytes."""
    with wave.open(io.BytesIO(content)) as sound:
        frames = sound.readframes(sound.getnframes())
    return array.array("h", frames[: len(frames) // 2 * 2])


def _wav(samples: "array.array[int]") -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes(samples.tobytes())
    return target.getvalue()
