"""An office with days open for appointments, without a hub: the hub's grant is put into its replica."""

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Protocol

from edge_node.app import MIGRATIONS
from edge_node.appointments import commands, queries
from edge_node.appointments.commands import Actor, Arrival
from edge_node.catalogue import commands as catalogue
from edge_node.queue import commands as queue
from edge_node.queue.model import DeskPlan, Language
from sync.documents import document as documents
from sync.replication import outbox
from sync.storage import Store, Transaction, replica
from sync.vocabulary.appointment import KIND, AppointmentKind, document_id_of, hub_side, seats_of
from sync.vocabulary.appointment_rules import AppointmentRules, DeskGroup
from sync.vocabulary.booking import Booked, Way
from sync.vocabulary.case import CaseEvent, to_entry
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.clock import tick
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.offers import Details, SlotWanted
from sync.vocabulary.office import OpeningDay
from sync.vocabulary.staff import Role
from sync.web.access import SignedIn
from tests.support.builders import a_service
from tests.support.clock import HandClock, SeededIds
from tests.support.front_desk import a_record

SHV = OfficeId("SHV")
CITY = hub_side("1")
RULES = AppointmentRules(
    hours=tuple(OpeningDay(weekday=day, opens="09:00", closes="12:00") for day in range(1, 6)),
    groups=(DeskGroup(group="all", desks=2, internet_desks=1),),
)
SLOTS = [time(hour, minute) for hour in (9, 10, 11) for minute in (0, 15, 30, 45)]
CLERK = Actor(
    person=SignedIn(staff_id=StaffId("oksana"), name="Оксана", roles=frozenset({Role.ADMINISTRATOR}), office_id=SHV)
)


class AtOffice(Protocol):
    """What a test has of an office."""

    store: Store
    clock: HandClock
    ids: SeededIds


def open_day(office: AtOffice, day: date, *, ours: int = 1, citys: int = 1, slots: Sequence[time] = SLOTS) -> str:
    """The hub opens a day of SHV, so many desks for each side: its grant stands in the replica. The document."""
    document_id, now = document_id_of(SHV, day, "all"), office.clock.now()
    own = office.store.read_now(queries.own_side)
    desks = ((CITY, range(1, citys + 1)), (own, range(citys + 1, citys + ours + 1)))
    events = {}
    for number, (side, numbers) in enumerate(desks):
        event = CaseEvent(
            id=office.ids.new(),
            kind=AppointmentKind.GRANTED,
            clock=tick(None, now),
            at=now,
            node_id="hub",
            office_id=SHV,
            actor_id="hub",
            facts={"side": CITY, "seats": " ".join(seats_of(slots, desks=numbers)), "to": side},
        )
        if numbers:
            events[f"grant-{number}"] = to_entry(event)
    fields = {"office_id": SHV, "day": day.isoformat(), "group": "all", "slot_minutes": 15}
    told = documents.change(None, client_id=5, fields=fields, events=events, attachments={})
    office.store.run_now(partial(outbox.absorb, document_id=document_id, kind=KIND, updates=((5, told),)))
    return document_id


class OfficeDay:
    """The node of SHV: a service of one slot, one desk for its sphere, rules in force."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.ids = SeededIds(self.clock)
        self.store = Store(folder / "node.db", MIGRATIONS)
        self.service = a_service()
        self.store.run_now(self._furnish)

    def _furnish(self, tx: Transaction) -> None:
        replica.begin_stream(tx, node_id="node-shv", incarnation="1")
        replica.heard(tx, hub_incarnation="1", cursor=0)
        catalogue.project_service(tx, a_record(self.service))
        queue.set_up_desks(tx, [DeskPlan(number=1, spheres=(Sphere.PASSPORTS,))], ids=self.ids)
        commands.set_rules(tx, RULES, by=CLERK, now=self.clock.now(), ids=self.ids)

    def grant(self, day: date, *, ours: int = 1, citys: int = 1) -> str:
        """The hub opens ``day``: so many desks for each side; the document."""
        return open_day(self, day, ours=ours, citys=citys)

    def sell_for_the_city(self, document_id: str, *, count: int, service_code: str = "") -> None:
        """The hub sold so many of its seats."""
        day = self.store.read_now(partial(queries.open_day, document_id=document_id))
        assert day is not None
        now, events = self.clock.now(), {}
        for number, seat_id in enumerate(day.state.free(CITY)[:count]):
            event = CaseEvent(
                id=self.ids.new(),
                kind=AppointmentKind.BOOKED,
                clock=tick(max(event.clock for event in day.events), now),
                at=now,
                node_id="hub",
                office_id=SHV,
                actor_id="hub",
                facts={
                    "side": CITY,
                    "seats": seat_id,
                    "code": f"C1TY000{number:X}",
                    "name": "Ольга Мельник",
                    "phone": "+380507778899",
                    "service": service_code,
                    "way": "internet",
                },
            )
            events[event.id] = to_entry(event)
        stored = self.store.read_now(partial(replica.document, document_id=document_id))
        assert stored is not None
        told = documents.change(stored.snapshot, client_id=6, fields={}, events=events, attachments={})
        self.store.run_now(partial(outbox.absorb, document_id=document_id, kind=KIND, updates=((6, told),)))

    def book(self, day: date, slot: time, *, phone: str = "0501112233") -> Booked:
        """A clerk books by telephone."""
        wanted = SlotWanted(day=day, slot=slot, service_code=self.service.code)
        kept = self.act(commands.hold, wanted=wanted)
        details = Details(name="Іван Коваль", phone=phone)
        return self.act(commands.confirm, details=details, hold_id=kept.hold_id, way=Way.TELEPHONE)

    def arrive(self, code: str) -> commands.CheckedIn:
        """The visitor reports at the kiosk."""
        arrival = Arrival(
            code=code, language=Language.UKRAINIAN, token=self.ids.new(), purpose="Подати", site="http://office"
        )
        return self.act(commands.check_in, arrival=arrival)

    def act(self, command, **arguments: object):
        """A command by a clerk, now."""
        said = {"by": CLERK, "now": self.clock.now(), "ids": self.ids}
        return self.store.run_now(partial(command, **arguments, **said))

    def move_to(self, moment: datetime) -> None:
        self.clock.move(seconds=(moment - self.clock.now()).total_seconds())

    def close(self) -> None:
        self.store.close()
