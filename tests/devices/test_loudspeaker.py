"""The voice of the hall: what is heard, what is kept, and a call that goes on without sound."""

import io
import shutil
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device_drivers.driver import HealthState
from device_drivers.errors import BadCall, NeedsAttention
from device_drivers.loudspeaker.espeak import EspeakLoudspeaker, Loudspeakers
from device_drivers.loudspeaker.protocol import Dropped, Spoken
from device_drivers.loudspeaker.simulator import LoudspeakerSimulator
from device_drivers.loudspeaker.sound import announcement, check_wav, tones

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CALL = "Талон А, сто двадцять три. Вікно п'ять."


@pytest.fixture
def hall(tmp_path: Path) -> LoudspeakerSimulator:
    return LoudspeakerSimulator(tmp_path / "hall")


@pytest.fixture(params=["tones", "espeak-ng"])
def speaker(request, tmp_path, hall) -> EspeakLoudspeaker:
    if request.param == "espeak-ng" and shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    settings = Loudspeakers(folder=str(tmp_path / "voice"), engine=request.param, player=hall.player)
    return EspeakLoudspeaker(settings, now=lambda: NOW)


def test_the_hall_hears_the_gong_and_the_call_twice(speaker, hall):
    assert speaker.probe().state is HealthState.READY
    spoken = speaker.announce(CALL, language="uk", asked_at=NOW)
    assert isinstance(spoken, Spoken)
    assert hall.played() == [spoken.wav_path]
    with wave.open(spoken.wav_path) as sound:
        assert sound.getframerate() == 22_050
        assert 5 < sound.getnframes() / sound.getframerate() < 20


def test_the_same_call_is_made_once_and_heard_again(speaker, hall, tmp_path):
    first = speaker.announce(CALL, language="uk", asked_at=NOW)
    second = speaker.announce(CALL, language="uk", asked_at=NOW)
    assert first == second
    assert len(list((tmp_path / "voice").glob("*.wav"))) == 1
    assert len(hall.played()) == 2


def test_a_stale_call_is_dropped_and_nobody_is_confused(speaker, hall):
    outcome = speaker.announce(CALL, language="uk", asked_at=NOW - timedelta(seconds=40))
    assert outcome == Dropped(age_seconds=40.0)
    assert hall.played() == []


def test_without_sound_a_person_is_told_and_the_health_says_so(speaker, hall):
    hall.set_fault("no-sound")
    with pytest.raises(NeedsAttention, match="no-sound"):
        speaker.announce(CALL, language="uk", asked_at=NOW)
    assert speaker.probe().reasons == ("no-sound",)
    hall.set_fault(None)
    assert isinstance(speaker.announce(CALL, language="uk", asked_at=NOW), Spoken)
    assert speaker.probe().state is HealthState.READY


def test_without_a_voice_the_health_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    speaker = EspeakLoudspeaker(Loudspeakers(folder=str(tmp_path / "voice")), now=lambda: NOW)
    assert speaker.probe().reasons == ("no-voice",)
    with pytest.raises(NeedsAttention, match="no-voice"):
        speaker.announce(CALL, language="uk", asked_at=NOW)


@pytest.mark.parametrize(("text", "language"), [("", "uk"), ("а" * 401, "uk"), ("Ticket", "de")])
def test_bad_calls_are_told(tmp_path, text, language):
    speaker = EspeakLoudspeaker(Loudspeakers(folder=str(tmp_path), engine="tones"), now=lambda: NOW)
    with pytest.raises(BadCall):
        speaker.announce(text, language=language, asked_at=NOW)


def test_an_announcement_is_gong_speech_pause_speech():
    speech = tones("один два")
    with wave.open(io.BytesIO(announcement(speech))) as whole, wave.open(io.BytesIO(speech)) as once:
        extra = whole.getnframes() - 2 * once.getnframes()
    assert extra == round(22_050 * 0.9) * 3


def test_what_is_no_sound_is_refused():
    with pytest.raises(ValueError, match="no WAV"):
        check_wav(b"RIFF")
