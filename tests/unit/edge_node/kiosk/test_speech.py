"""The kiosk read aloud."""

import io
import wave

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from device_drivers.loudspeaker.espeak import EspeakVoice
from edge_node.kiosk.controllers.speech import KEPT_MAX, Reader, Sentence, as_spoken

Client = TestClient[Litestar]


@pytest.fixture(autouse=True)
def tones(kiosk: Client) -> None:
    """Sound without a voice: the machine of a test may have none."""
    kiosk.app.state["kiosk_reader"] = Reader(EspeakVoice("tones"))


def test_what_stands_on_the_page_becomes_sound(kiosk: Client) -> None:
    kept = kiosk.post("/kiosk/speech", json={"text": "З якого питання Ви прийшли?", "language": "uk"})
    sound = kiosk.get(kept.json()["address"])
    assert sound.headers["content-type"] == "audio/wav"
    assert sound.headers["cache-control"] == "no-store"
    with wave.open(io.BytesIO(sound.content)) as heard:
        assert heard.getnframes() / heard.getframerate() > 1


def test_no_text_stands_in_an_address(kiosk: Client) -> None:
    address = kiosk.post("/kiosk/speech", json={"text": "SHV", "language": "en"}).json()["address"]
    assert "SHV" not in address
    assert kiosk.get("/kiosk/speech/guess").status_code == 404


@pytest.mark.parametrize("wrong", [{"text": ""}, {"text": "а" * 401}, {"language": "ru"}])
def test_only_a_sentence_of_the_page_is_taken(kiosk: Client, wrong: dict[str, str]) -> None:
    assert kiosk.post("/kiosk/speech", json={"text": "Так", "language": "uk", **wrong}).status_code == 422


def test_a_machine_without_a_voice_says_so(kiosk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    kiosk.app.state["kiosk_reader"] = Reader(EspeakVoice("espeak-ng"))
    monkeypatch.setenv("PATH", "/nowhere")
    kept = kiosk.post("/kiosk/speech", json={"text": "Так", "language": "uk"})
    assert kiosk.get(kept.json()["address"]).status_code == 503


def test_old_sentences_are_forgotten() -> None:
    reader = Reader(EspeakVoice("tones"))
    first = reader.keep(Sentence(text="перше", language="uk"))
    for count in range(KEPT_MAX):
        reader.keep(Sentence(text=f"речення {count}", language="uk"))
    assert first not in reader._kept


def test_a_ticket_number_is_said_as_a_letter_and_a_number() -> None:
    assert as_spoken("Ваш талон Р007") == "Ваш талон Р, 7"
    assert as_spoken("Паспорти · 2027") == "Паспорти , 2027"
