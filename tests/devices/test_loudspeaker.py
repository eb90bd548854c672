"""The voice of the hall: one suite over every driver, and what each alone must keep."""

import shutil
import wave
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from device_drivers.driver import HealthState
from device_drivers.errors import BadCall, NeedsAttention
from device_drivers.lane import Lane
from device_drivers.loudspeaker.espeak import Loudspeakers, espeak_loudspeaker
from device_drivers.loudspeaker.hall import HallLoudspeaker
from device_drivers.loudspeaker.phrase_bank import RecordedPhrases, recorded_loudspeaker
from device_drivers.loudspeaker.protocol import Dropped, Spoken
from device_drivers.loudspeaker.simulator import LoudspeakerSimulator
from device_drivers.loudspeaker.sound import announcement, read_wav, silence, tones, write_wav
from device_drivers.loudspeaker.speech_command import SpeechCommand, command_loudspeaker
from tests.devices.waiting import wait_for

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CALL = "Талон А, сто двадцять три. Вікно п'ять."
PIECES = ("ticket", "letter-a", "100", "20", "3", "desk", "5")


@pytest.fixture
def hall(tmp_path: Path) -> LoudspeakerSimulator:
    return LoudspeakerSimulator(tmp_path / "hall")


def a_bank(folder: Path) -> Path:
    """Recordings of every piece of the call, and a gong."""
    (folder / "uk").mkdir(parents=True)
    for piece in PIECES:
        (folder / "uk" / f"{piece}.wav").write_bytes(write_wav(tones(f"{piece} {piece}")))
    (folder / "gong.wav").write_bytes(write_wav(tones("дзвін")))
    return folder


def espeak_here() -> str:
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    return "espeak-ng"


def tones_speaker(folder: Path, player: tuple[str, ...]) -> HallLoudspeaker:
    settings = Loudspeakers(folder=str(folder / "voice"), engine="tones", player=player)
    return espeak_loudspeaker(settings, now=lambda: NOW)


def espeak_speaker(folder: Path, player: tuple[str, ...]) -> HallLoudspeaker:
    espeak_here()
    return espeak_loudspeaker(Loudspeakers(folder=str(folder / "voice"), player=player), now=lambda: NOW)


def bank_speaker(folder: Path, player: tuple[str, ...]) -> HallLoudspeaker:
    bank = str(a_bank(folder / "bank"))
    settings = RecordedPhrases(folder=str(folder / "voice"), bank=bank, engine="tones", player=player)
    return recorded_loudspeaker(settings, now=lambda: NOW)


def command_speaker(folder: Path, player: tuple[str, ...]) -> HallLoudspeaker:
    command = (espeak_here(), "-v", "{language}", "-f", "{text_file}", "-w", "{wav_file}")
    return command_loudspeaker(
        SpeechCommand(folder=str(folder / "voice"), command=command, player=player), now=lambda: NOW
    )


@pytest.fixture(params=[tones_speaker, espeak_speaker, bank_speaker, command_speaker])
def speaker(request, tmp_path, hall) -> Iterator[HallLoudspeaker]:
    """Every driver of the family: what follows holds for each."""
    speaker = request.param(tmp_path, hall.player)
    yield speaker
    speaker.close()


def test_the_hall_hears_the_gong_and_the_call_twice(speaker, hall):
    assert speaker.probe().state is HealthState.READY
    spoken = speaker.announce(CALL, language="uk", asked_at=NOW, pieces=PIECES)
    assert isinstance(spoken, Spoken)
    assert hall.played() == [spoken.wav_path]
    with wave.open(spoken.wav_path) as sound:
        assert sound.getframerate() == 22_050
        assert 5 < sound.getnframes() / sound.getframerate() < 20


def test_the_same_call_is_made_once_and_heard_again(speaker, hall, tmp_path):
    first = speaker.announce(CALL, language="uk", asked_at=NOW, pieces=PIECES)
    second = speaker.announce(CALL, language="uk", asked_at=NOW, pieces=PIECES)
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
        speaker.announce(CALL, language="uk", asked_at=NOW, pieces=PIECES)
    assert speaker.probe().reasons == ("no-sound",)
    hall.set_fault(None)
    assert isinstance(speaker.announce(CALL, language="uk", asked_at=NOW, pieces=PIECES), Spoken)
    assert speaker.probe().state is HealthState.READY


def test_a_player_that_hangs_is_killed_with_all_it_started_and_the_call_goes_on(speaker, tmp_path):
    pid_file = tmp_path / "pid"
    hung = f"sleep 600 & echo $! > {pid_file}; wait"
    speaker._settings = msgspec.structs.replace(speaker._settings, player=("sh", "-c", hung, "player"))
    announcing = Lane("announcing").do(lambda: speaker.announce(CALL, language="uk", asked_at=NOW, pieces=PIECES))
    child = int(wait_for(lambda: pid_file.exists() and pid_file.read_text().strip()))
    speaker.close()
    with pytest.raises(NeedsAttention, match="no-sound"):
        announcing.result(timeout=20)
    assert wait_for(lambda: not is_running(child))


@pytest.mark.parametrize(("text", "language"), [("", "uk"), ("а" * 401, "uk"), ("Ticket", "de")])
def test_bad_calls_are_told(speaker, text, language):
    with pytest.raises(BadCall):
        speaker.announce(text, language=language, asked_at=NOW)


@pytest.mark.parametrize("pieces", [("../../etc/passwd",), ("",), ("letter-д",), ("1",) * 33])
def test_a_piece_is_a_name_and_no_path(speaker, pieces):
    with pytest.raises(BadCall):
        speaker.announce(CALL, language="uk", asked_at=NOW, pieces=pieces)


def test_without_a_voice_the_health_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    speaker = espeak_loudspeaker(Loudspeakers(folder=str(tmp_path / "voice")), now=lambda: NOW)
    assert speaker.probe().reasons == ("no-voice",)
    with pytest.raises(NeedsAttention, match="no-voice"):
        speaker.announce(CALL, language="uk", asked_at=NOW)


def test_recordings_are_heard_where_all_are_there_and_the_other_voice_where_one_is_missing(tmp_path):
    speaker = bank_speaker(tmp_path, ())
    recorded = spoken_samples(speaker)
    (tmp_path / "bank" / "uk" / "20.wav").unlink()
    other = spoken_samples(speaker)
    plain = spoken_samples(tones_speaker(tmp_path / "plain", ()))
    assert recorded != other
    assert after_gong(other, tones("дзвін").seconds) == after_gong(plain, 1.8), "the whole phrase in one voice"


def test_a_piece_recorded_anew_is_heard_at_once(tmp_path):
    speaker = bank_speaker(tmp_path, ())
    before = spoken_samples(speaker)
    (tmp_path / "bank" / "uk" / "20.wav").write_bytes(write_wav(tones("двадцять двадцять двадцять")))
    assert spoken_samples(speaker) != before


def test_recordings_that_do_not_fit_together_give_way_to_the_other_voice(tmp_path):
    speaker = bank_speaker(tmp_path, ())
    odd = msgspec.structs.replace(tones("двадцять"), rate_hz=16_000)
    (tmp_path / "bank" / "uk" / "20.wav").write_bytes(write_wav(odd))
    plain = spoken_samples(tones_speaker(tmp_path / "plain", ()))
    assert after_gong(spoken_samples(speaker), tones("дзвін").seconds) == after_gong(plain, 1.8)


def test_an_office_without_its_recordings_is_told(tmp_path):
    settings = RecordedPhrases(folder=str(tmp_path / "voice"), bank=str(tmp_path / "none"), engine="tones")
    speaker = recorded_loudspeaker(settings, now=lambda: NOW)
    assert speaker.probe().reasons == ("no-recordings",)
    assert isinstance(speaker.announce(CALL, language="uk", asked_at=NOW, pieces=PIECES), Spoken)


@pytest.mark.parametrize(
    "command",
    [("sh", "-c", "exit 3"), ("sh", "-c", "echo no sound"), ("sh", "-c", "sleep 600 & wait"), ("no-such-engine",)],
    ids=["fails", "answers nonsense", "hangs", "is not there"],
)
def test_an_engine_that_does_not_speak_is_told_in_time(tmp_path, command):
    settings = SpeechCommand(folder=str(tmp_path / "voice"), command=command, answer_seconds=0.3)
    speaker = command_loudspeaker(settings, now=lambda: NOW)
    with pytest.raises(NeedsAttention, match="no-voice"):
        speaker.announce(CALL, language="uk", asked_at=NOW)
    assert list(tmp_path.rglob("*.wav")) == []


def test_an_engine_may_read_the_text_and_answer_on_its_standard_streams(tmp_path):
    (tmp_path / "speech.wav").write_bytes(write_wav(tones("раз два три")))
    command = ("sh", "-c", f"grep -q сто && cat {tmp_path}/speech.wav")
    settings = SpeechCommand(folder=str(tmp_path / "voice"), command=command)
    assert isinstance(
        command_loudspeaker(settings, now=lambda: NOW).announce(CALL, language="uk", asked_at=NOW), Spoken
    )


def test_an_announcement_is_gong_speech_pause_speech():
    speech = tones("один два")
    extra = announcement(speech).seconds - 2 * speech.seconds
    assert extra == pytest.approx(0.25 + 0.9 * 3, abs=0.001)


def test_every_voice_is_made_equally_loud():
    faint = msgspec.structs.replace(tones("тихо"), samples=array("h", (n // 20 for n in tones("тихо").samples)))
    assert max(announcement(faint).samples) == pytest.approx(26_000, abs=10)


@pytest.mark.parametrize(
    ("content", "why"), [(b"RIFF", "no WAV"), (write_wav(silence(1)), "silent"), (write_wav(silence(0)), "silent")]
)
def test_what_nobody_would_hear_is_refused(content, why):
    with pytest.raises(ValueError, match=why):
        read_wav(content)


def spoken_samples(speaker: HallLoudspeaker) -> "array[int]":
    spoken = speaker.announce(CALL, language="uk", asked_at=NOW, pieces=PIECES)
    assert isinstance(spoken, Spoken)
    return read_wav(Path(spoken.wav_path).read_bytes()).samples


def after_gong(samples: "array[int]", gong_seconds: float) -> "array[int]":
    return samples[round(0.25 * 22_050) + round(gong_seconds * 22_050) :]


def is_running(pid: int) -> bool:
    """Whether the process still does anything: killed and not yet reaped by its parent is not running."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_quieter_hour_makes_the_same_call_quieter_and_keeps_both(tmp_path: Path) -> None:
    loudspeaker = espeak_loudspeaker(Loudspeakers(folder=str(tmp_path), engine="tones"))
    asked = {"language": "uk", "asked_at": datetime.now(UTC)}
    loud, quiet = (loudspeaker.announce("Талон", volume_percent=percent, **asked) for percent in (100, 25))
    assert isinstance(loud, Spoken)
    assert isinstance(quiet, Spoken)
    heights = [max(read_wav(Path(each.wav_path).read_bytes()).samples) for each in (loud, quiet)]
    assert heights[1] == heights[0] // 4
    with pytest.raises(BadCall):
        loudspeaker.announce("Талон", volume_percent=0, **asked)
