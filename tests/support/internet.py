"""An office with rules that the hub follows, and people who book over the internet."""

from datetime import date, time, timedelta
from functools import partial

import msgspec

from central_hub.appointments import commands, queries
from central_hub.appointments.model import Wish
from central_hub.storage import HubStore
from sync.vocabulary.appointment_rules import AppointmentRules, DeskGroup
from sync.vocabulary.catalogue import AdministrativeService, Sphere
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.offers import Details
from sync.vocabulary.office import OpeningDay
from tests.support.builders import a_service
from tests.support.clock import HandClock, SeededIds

SHV = OfficeId("SHV")
TUESDAY = date(2026, 12, 1)
RULES = AppointmentRules(
    hours=tuple(OpeningDay(weekday=day, opens="09:00", closes="10:15") for day in range(1, 6)),
    groups=(DeskGroup(group="all", desks=3, internet_desks=2),),
    service_minutes={"09-01": 30},
)
SHORT = a_service()
LONG = msgspec.structs.replace(a_service("09-01", name="Державна допомога"), sphere=Sphere.SOCIAL)
OLHA = Details(name="Ольга Мельник", phone="050 111 22 33")


class Internet:
    """People at home, who book at the hub."""

    def __init__(self, store: HubStore, clock: HandClock, ids: SeededIds) -> None:
        self.store, self.clock, self.ids = store, clock, ids

    def follow(self) -> int:
        """The hub follows the rules it has heard."""
        heard = self.store.read_now(queries.all_rules)
        now = self.clock.now()
        return sum(
            self.store.run_now(partial(commands.follow_rules, heard=each, now=now, ids=self.ids)) for each in heard
        )

    def index(self) -> int:
        """The hub looks through what the offices told."""
        return self.store.run_now(partial(commands.index_bookings, now=self.clock.now()))

    def hold(
        self, slot: str, *, on: date = TUESDAY, service: AdministrativeService = SHORT, source: str = "home"
    ) -> str:
        wish = Wish(office_id=SHV, day=on, slot=time.fromisoformat(slot), service=service, source=source)
        hold_id = self.ids.new()
        self.store.run_now(partial(commands.hold, wish=wish, hold_id=hold_id, now=self.clock.now()))
        return hold_id

    def confirm(self, hold_id: str, details: Details = OLHA) -> str:
        said = {"hold_id": hold_id, "language": "uk", "now": self.clock.now(), "ids": self.ids}
        return self.store.run_now(partial(commands.confirm, details=details, **said))

    def book(self, slot: str, details: Details = OLHA, **where: object) -> str:
        return self.confirm(self.hold(slot, **where), details)

    def move(self, link: str, hold_id: str) -> str:
        said = {"link": link, "hold_id": hold_id, "now": self.clock.now(), "ids": self.ids}
        return self.store.run_now(partial(commands.move, **said))

    def cancel(self, link: str) -> None:
        self.store.run_now(partial(commands.cancel_linked, link=link, now=self.clock.now(), ids=self.ids))

    def look(self, link: str):
        return self.store.read_now(partial(commands.linked_booking, link=link))

    def days(self) -> list:
        until = TUESDAY + timedelta(days=60)
        since = date(2026, 11, 1)
        return self.store.read_now(partial(queries.days_of, office_id=SHV, since=since, until=until))
