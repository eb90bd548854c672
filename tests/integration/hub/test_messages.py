"""Messages on their way through the real client to a simulated provider: taken once, refused, put off, or unknown."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

import central_hub
from central_hub.message_gateways.simulator import Provider, simulator_server
from central_hub.message_gateways.turbosms import TurboSms
from central_hub.notifications import commands, queries
from central_hub.notifications.listeners import Carrier
from central_hub.notifications.model import Message, MessageState, Trouble, night_until
from central_hub.settings import HubSettings, MessageSettings, message_token
from central_hub.storage import HubStore
from central_hub.storage.appointment_tables import outgoing_messages
from sync.web.i18n import Texts
from tests.support.clock import HandClock, SeededIds
from tests.support.processes import free_port, wait_until

TOKEN = "a-token-of-the-provider"
PHONE = "+380501112233"
WORDS = "K0D00001"
FACTS = f'{{"when":"01.12.2026 09:00","place":"ЦНАП","code":"{WORDS}","address":"https://city.example/a"}}'
HASTY_SECONDS = 0.5


class Town:
    """A hub's outbox, its carrier, and the provider that may fail."""

    def __init__(self, store: HubStore, clock: HandClock, *, url: str, provider: Provider, token_file: Path) -> None:
        self.store, self.clock, self.provider, self.url = store, clock, provider, url
        self.ids, self.token_file = SeededIds(clock), token_file
        self.carrier = self.new_carrier()

    def new_carrier(self) -> Carrier:
        messages = MessageSettings(sender="Vikno", gateway_url=self.url)
        settings = HubSettings(folder=self.token_file.parent, messages=messages)
        gateway = TurboSms(messages, token=partial(message_token, settings, messages), seconds_max=HASTY_SECONDS)
        texts = Texts.load([Path(central_hub.__file__).parent])
        return Carrier(self.store, clock=self.clock, gateway=gateway, texts=texts)

    def write(self, phone: str = PHONE, *, expires_in: timedelta = timedelta(days=1)) -> Message:
        message = Message(
            message_id=self.ids.new(),
            kind="appointment-reminder",
            subject=self.ids.new(),
            phone=phone,
            language="uk",
            facts=FACTS,
            expires_at=self.clock.now() + expires_in,
        )
        self.store.run_now(partial(commands.put_into_outbox, message=message, now=self.clock.now()))
        return message

    def carry(self) -> int:
        return asyncio.run(self.carrier.carry())

    def fail(self, fault: str | None) -> None:
        answer = httpx.post(f"{self.url}/fault", data={"fault": fault or ""}, trust_env=False)
        assert answer.status_code == 303, answer.text

    def standing(self) -> dict[MessageState, tuple[int, Trouble | None]]:
        found = self.store.read_now(partial(queries.standing, now=self.clock.now()))
        return {each.state: (each.count, each.trouble) for each in found}

    def kept(self) -> list[object]:
        """The telephone numbers that are still known."""
        statement = select(outgoing_messages.c.phone).where(outgoing_messages.c.phone.is_not(None))
        return self.store.read_now(lambda reader: reader.column(statement))


@pytest.fixture
def town(store: HubStore, clock: HandClock, ids: SeededIds, tmp_path: Path) -> Iterator[Town]:
    token_file = tmp_path / "messages.token"
    token_file.touch(mode=0o600)
    token_file.write_text(f"{TOKEN}\n", encoding="ascii")
    provider, port = Provider(clock=clock, ids=ids, token=TOKEN), free_port()
    server = simulator_server(provider, port=port)
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, what="the provider")
    yield Town(store, clock, url=f"http://127.0.0.1:{port}", provider=provider, token_file=token_file)
    server.should_exit = True
    provider.fault = None
    thread.join()


def test_a_message_is_taken_once_and_its_number_forgotten(town: Town) -> None:
    town.write()
    assert [town.carry(), town.carry()] == [1, 0]
    (received,) = town.provider.received
    assert (received.phone, received.sender) == ("380501112233", "Vikno")
    assert "01.12.2026 09:00, ЦНАП. Код K0D00001." in received.text
    assert town.standing() == {MessageState.SENT: (1, None)}
    assert town.kept() == []


@pytest.mark.parametrize("fault", ["broken", "deaf", "dumb"])
def test_a_lost_answer_is_asked_for_until_it_comes_and_the_message_came_once(town: Town, fault: str) -> None:
    town.write()
    town.fail(fault)
    assert town.carry() == 0
    assert town.standing() == {MessageState.SENDING: (1, None)}
    town.clock.move(seconds=20)
    assert town.carry() == 0
    town.fail(None)
    assert town.carry() == 1
    assert len(town.provider.received) == 1
    assert town.standing() == {MessageState.SENT: (1, None)}


@pytest.mark.parametrize(("fault", "came"), [("deaf", 0), ("dumb", 1)])
def test_what_was_never_answered_is_unknown_and_not_sent_again(town: Town, fault: str, came: int) -> None:
    town.write()
    town.fail(fault)
    assert town.carry() == 0
    town.clock.move(minutes=10)
    assert town.carry() == 0
    town.fail(None)
    town.clock.move(minutes=1)
    assert town.carry() == 0
    assert len(town.provider.received) == came
    assert town.standing() == {MessageState.UNKNOWN: (1, None)}
    assert town.kept() == []


def test_a_silent_gateway_holds_one_message_and_the_others_wait(town: Town) -> None:
    town.write()
    town.write("+380671112233")
    town.fail("dumb")
    assert [town.carry(), town.carry()] == [0, 0]
    assert town.standing() == {MessageState.WAITING: (1, None), MessageState.SENDING: (1, None)}
    town.fail(None)
    assert town.carry() == 2
    assert {each.phone for each in town.provider.received} == {"380501112233", "380671112233"}


def test_a_hub_that_was_stopped_in_the_middle_asks_what_became_of_it(town: Town) -> None:
    message = town.write()
    assert town.store.run_now(partial(commands.begin_sending, message=message, now=town.clock.now()))
    town.carrier = town.new_carrier()
    assert town.carry() == 1
    assert len(town.provider.received) == 1


def test_a_second_carrier_does_not_send_what_the_first_has_begun(town: Town) -> None:
    message = town.write()
    begin = partial(commands.begin_sending, message=message, now=town.clock.now())
    assert [town.store.run_now(begin), town.store.run_now(begin)] == [True, False]


@pytest.mark.parametrize(("phone", "fault"), [(PHONE, "unwanted"), ("+48501112233", None)])
def test_a_number_refused_is_refused_for_good(town: Town, phone: str, fault: str | None) -> None:
    town.write(phone)
    town.fail(fault)
    assert town.carry() == 0
    town.fail(None)
    town.clock.move(hours=2)
    assert town.carry() == 0
    assert town.standing() == {MessageState.REFUSED: (1, None)}
    assert town.kept() == []


def pay_nothing(town: Town) -> None:
    town.fail("penniless")


def change_the_token(town: Town) -> None:
    town.fail("locked")


def lose_the_token(town: Town) -> None:
    town.token_file.rename(town.token_file.with_suffix(".lost"))


def misspell_the_token(town: Town) -> None:
    town.token_file.write_text("ключ\n", encoding="utf-8")


def show_the_token(town: Town) -> None:
    town.token_file.chmod(0o644)


def make_it_well(town: Town) -> None:
    town.fail(None)
    lost = town.token_file.with_suffix(".lost")
    if lost.exists():
        lost.rename(town.token_file)
    town.token_file.chmod(0o600)
    town.token_file.write_text(f"{TOKEN}\n", encoding="ascii")


@pytest.mark.parametrize(
    ("harm", "trouble"),
    [
        (pay_nothing, Trouble.MONEY),
        (change_the_token, Trouble.TOKEN),
        (lose_the_token, Trouble.TOKEN),
        (misspell_the_token, Trouble.TOKEN),
        (show_the_token, Trouble.TOKEN),
    ],
)
def test_what_the_gateway_does_not_take_waits_and_says_why(
    town: Town, harm: Callable[[Town], None], trouble: Trouble
) -> None:
    town.write()
    town.write("+380671112233")
    harm(town)
    assert town.carry() == 0
    assert (1, trouble) in town.standing().values()
    assert len(town.kept()) == 2
    make_it_well(town)
    town.clock.move(minutes=2)
    assert town.carry() == 2
    assert len(town.provider.received) == 2


def test_with_nobody_at_the_address_messages_wait_until_they_are_too_late(town: Town) -> None:
    real = town.url
    town.url = f"http://127.0.0.1:{free_port()}"
    town.carrier = town.new_carrier()
    town.write(expires_in=timedelta(minutes=30))
    town.write(expires_in=timedelta(hours=9))
    for _ in range(3):
        assert town.carry() == 0
        town.clock.move(minutes=15)
    assert town.standing()[MessageState.EXPIRED] == (1, Trouble.UNREACHABLE)
    town.url = real
    town.carrier = town.new_carrier()
    town.clock.move(hours=1)
    assert town.carry() == 1


def test_nobody_s_telephone_rings_at_night_but_for_what_the_day_would_be_late_for(town: Town) -> None:
    town.clock.move(hours=14, minutes=30)  # 22:30 in Kyiv
    town.write(expires_in=timedelta(hours=11))
    town.write("+380671112233", expires_in=timedelta(hours=9, minutes=30))
    assert town.carry() == 1
    assert [each.phone for each in town.provider.received] == ["380671112233"]
    town.clock.move(hours=9, minutes=29)
    assert town.carry() == 0
    town.clock.move(minutes=1)
    assert town.carry() == 1


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-23T20:59:59+02:00", None),
        ("2026-11-23T21:00:00+02:00", "2026-11-24T08:00:00+02:00"),
        ("2026-03-29T02:30:00+02:00", "2026-03-29T08:00:00+03:00"),  # the night of the summer clock
        ("2026-11-24T07:59:59+02:00", "2026-11-24T08:00:00+02:00"),
        ("2026-11-24T08:00:00+02:00", None),
    ],
)
def test_the_night_ends_at_eight_by_the_clock_of_kyiv(now: str, until: str | None) -> None:
    expected = None if until is None else datetime.fromisoformat(until)
    assert night_until(datetime.fromisoformat(now)) == expected


def test_logs_name_the_trouble_once_and_nobodys_number_words_or_token(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    town.write()
    for fault, minutes in (("penniless", 0), ("penniless", 60), ("dumb", 60), (None, 1)):
        town.fail(fault)
        town.clock.move(minutes=minutes)
        town.carry()
    said = [record.getMessage() for record in caplog.records if record.name.startswith("central_hub.notifications")]
    troubles = ["no message goes out: money", "no message goes out: unreachable"]
    assert said == [*troubles, "the message gateway takes messages"]
    for secret in (PHONE.lstrip("+"), WORDS, TOKEN):
        assert secret not in caplog.text


def test_the_page_of_the_simulated_telephones_shows_messages_and_sets_faults(town: Town) -> None:
    with httpx.Client(base_url=town.url, trust_env=False, headers={"accept": "text/html"}) as visitor:
        assert "Повідомлень ще немає" in visitor.get("/").text
        town.write()
        town.carry()
        page = visitor.get("/").text
        assert "+380501112233" in page
        assert 'href="https://city.example/a"' in page
        assert visitor.post("/fault", data={"fault": "moon"}).status_code == 422
        town.fail("penniless")
        assert "бракує коштів" in visitor.get("/live/messages").text


def test_what_stands_since_when_is_told_without_names(town: Town) -> None:
    begun: datetime = town.clock.now()
    town.write()
    town.clock.move(minutes=5)
    town.write()
    (waiting,) = town.store.read_now(partial(queries.standing, now=town.clock.now()))
    assert (waiting.state, waiting.count, waiting.since) == (MessageState.WAITING, 2, begun)
