"""The hall hears every call, and a silent loudspeaker stops nobody."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from device_drivers.loudspeaker.espeak import Loudspeakers, espeak_loudspeaker
from device_drivers.loudspeaker.simulator import LoudspeakerSimulator
from edge_node.devices.listeners import JournaledDevices
from edge_node.devices.queries import last_acts
from edge_node.queue import commands
from edge_node.queue.model import Language, TicketCalled, Wish
from edge_node.settings import VoiceSettings
from edge_node.voice.listeners import WAITING_MAX, Voice
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.day_hours import hour_in_kyiv
from sync.vocabulary.ids import TicketId
from sync.vocabulary.ticket import Purpose
from tests.support.drivers import HallSpeaker, running_drivers
from tests.support.hall import Hall, clerk


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(tmp_path)
    yield hall
    hall.close()


def voice_of(hall: Hall, folder: Path) -> Voice:
    return Voice(
        hall.store, devices=JournaledDevices(folder / "s", store=hall.store, clock=hall.clock), clock=hall.clock
    )


async def call_one(hall: Hall) -> None:
    """An English-speaking visitor is called to desk 1."""
    hall.store.bind_loop(asyncio.get_running_loop())
    wish = Wish(sphere=Sphere.PASSPORTS, purpose=Purpose.FILE, language=Language.ENGLISH)
    (desk,) = await hall.store.run(lambda tx: commands.set_up_desks(tx, [], ids=hall.ids))
    await hall.store.run(partial(commands.issue_ticket, wish=wish, token="t", now=hall.clock.now(), ids=hall.ids))
    await hall.store.run(partial(commands.call_next, desk_id=desk.id, by=clerk(desk), now=hall.clock.now()))


def test_a_call_is_spoken_in_the_languages_of_the_visitor(hall: Hall, tmp_path: Path) -> None:
    hall.open_desk(hall.set_up((Sphere.PASSPORTS,))[0])
    speaker = HallSpeaker()

    async def run() -> None:
        voice = voice_of(hall, tmp_path)
        async with running_drivers(tmp_path / "s", clock=hall.clock, speaker=speaker):
            speaking = asyncio.create_task(voice.run())
            await call_one(hall)
            for _ in range(2):
                await asyncio.to_thread(speaker.sounds.get, timeout=10)
            speaking.cancel()

    asyncio.run(run())
    hall.store.bind_loop(None)
    assert speaker.heard == [("uk", "Талон де, один. Вікно один."), ("en", "Ticket deh, one. Desk one.")]


def test_a_call_that_grew_stale_is_not_spoken_and_the_journal_says_so(hall: Hall, tmp_path: Path) -> None:
    hall.open_desk(hall.set_up((Sphere.PASSPORTS,))[0])
    sound = LoudspeakerSimulator(tmp_path / "hall")
    settings = Loudspeakers(folder=str(tmp_path / "voice"), engine="tones", player=sound.player)

    async def run() -> None:
        voice = voice_of(hall, tmp_path)
        late = espeak_loudspeaker(settings, now=lambda: hall.clock.now() + timedelta(seconds=26))
        async with running_drivers(tmp_path / "s", clock=hall.clock, speaker=late):
            await call_one(hall)
            call, heard_at = await voice._waiting.get()
            await voice.speak(call, heard_at=heard_at)

    with capture_logs() as lines:
        asyncio.run(run())
    hall.store.bind_loop(None)
    (told,) = [line for line in lines if line["event"] == "call not spoken"]
    assert (told["number"], told["desk"], told["age_seconds"]) == ("Д001", 1, 26)
    (act,) = hall.store.read_now(last_acts)
    assert act.facts == {"result": "Dropped"}
    assert sound.played() == []


def test_a_crowd_of_calls_drops_the_oldest_and_says_so(hall: Hall, tmp_path: Path) -> None:
    voice = voice_of(hall, tmp_path)
    call = TicketCalled(
        sequence=1, ticket_id=TicketId("01T"), number="Д001", desk_number=1, language=Language.UKRAINIAN
    )
    with capture_logs() as lines:
        for place in range(WAITING_MAX + 2):
            voice.hear(msgspec.structs.replace(call, number=f"Д{place:03d}"))
    assert [line["number"] for line in lines if line["event"] == "call not spoken"] == ["Д000", "Д001"]


def test_calls_go_on_without_a_loudspeaker(hall: Hall, tmp_path: Path) -> None:
    """Nobody runs the voice and the drivers are gone: more calls than it keeps are made all the same."""
    voice_of(hall, tmp_path)
    (desk,) = hall.set_up((Sphere.PASSPORTS,))
    hall.open_desk(desk)
    for _ in range(WAITING_MAX + 5):
        hall.take()
        hall.serve(desk)


def test_a_mute_loudspeaker_does_not_end_the_voice(hall: Hall, tmp_path: Path) -> None:
    hall.open_desk(hall.set_up((Sphere.PASSPORTS,))[0])
    speaker = HallSpeaker()
    speaker.is_mute = True
    ticket_called = []

    async def run() -> None:
        voice = voice_of(hall, tmp_path)
        async with running_drivers(tmp_path / "s", clock=hall.clock, speaker=speaker):
            await call_one(hall)
            call, heard_at = await voice._waiting.get()
            await voice.speak(call, heard_at=heard_at)
            speaker.is_mute = False
            await voice.speak(call, heard_at=heard_at)
            ticket_called.append(call.number)

    asyncio.run(run())
    hall.store.bind_loop(None)
    assert ticket_called == ["Д001"]
    assert len(speaker.heard) == 2


def test_the_hall_is_spoken_to_as_loud_as_the_hour_says_and_not_at_all_when_it_is_quiet(
    hall: Hall, tmp_path: Path
) -> None:
    hall.open_desk(hall.set_up((Sphere.PASSPORTS,))[0])
    speaker = HallSpeaker()
    hour = hour_in_kyiv(hall.clock.now())
    loud = VoiceSettings(volume={f"{hour:02d}-{(hour + 1) % 24:02d}": 40})
    quiet = VoiceSettings(volume={f"{hour:02d}-{(hour + 1) % 24:02d}": 0})

    async def run() -> None:
        devices = JournaledDevices(tmp_path / "s", store=hall.store, clock=hall.clock)
        voice = Voice(hall.store, devices=devices, clock=hall.clock, volume_at=loud.volume_at)
        still = Voice(hall.store, devices=devices, clock=hall.clock, volume_at=quiet.volume_at)
        async with running_drivers(tmp_path / "s", clock=hall.clock, speaker=speaker):
            await call_one(hall)
            call, heard_at = await voice._waiting.get()
            await still.speak(call, heard_at=heard_at)
            assert speaker.heard == []
            await voice.speak(call, heard_at=heard_at)

    asyncio.run(run())
    hall.store.bind_loop(None)
    assert speaker.volumes == [40, 40]
