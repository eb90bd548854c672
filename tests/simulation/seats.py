"""Appointments of the simulated city: hub and office sell their own shares, however long they are parted.

They are drawn apart from everything else of a seed, as the scans are.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from random import Random

from central_hub.appointments import commands as at_hub
from central_hub.appointments import queries as hub_queries
from central_hub.appointments.model import Actor as CityActor
from central_hub.appointments.model import DayNotOpen as NotOpenAtHub
from central_hub.appointments.model import DayPlan, OfficeHasNoNode
from edge_node.appointments import commands as at_office
from edge_node.appointments import queries
from edge_node.appointments.commands import Actor
from edge_node.appointments.model import DayNotOpen, HubNotMet
from sync.vocabulary.appointment import SeatId, SeatNotYours, SeatTaken, document_id_of
from sync.vocabulary.booking import Booked, BookingWanted, Transfer
from sync.vocabulary.ids import StaffId
from sync.web.access import SignedIn
from tests.simulation.city import City
from tests.simulation.days import Days
from tests.simulation.machine import DiskFull
from tests.simulation.office import SimulatedOffice
from tests.support.clock import SeededIds

FIRST_DAY = date(2046, 12, 1)  # the hub forgets the names of days long past, and takes seasons to have gone by
SLOTS = ("09:00", "09:30", "10:00", "10:30")
DESKS = 2  # of each side: as many seats as are shared by themselves
DAYS_A_STEP = 3  # of which somebody wants a seat
OPENED, SOLD, GIVEN, SHARED = 0.05, 0.7, 0.2, 0.3  # how likely in a step, of an office and of the hub
CITY = CityActor(staff_id="city-clerk", office_id=None)
REFUSED = (DiskFull, DayNotOpen, NotOpenAtHub, HubNotMet, OfficeHasNoNode, SeatNotYours, SeatTaken)


class DaysWithSeats(Days):
    """Days on which people are promised seats, at the hub and in the offices."""

    def __init__(self, city: City) -> None:
        super().__init__(city)
        self.random = Random(f"{city.seed} seats")
        self._ids = SeededIds(city.clock, city.seed)
        self.opened: list[tuple[SimulatedOffice, str]] = []
        self.promised: defaultdict[tuple[str, SeatId], list[str]] = defaultdict(list)

    def _step(self) -> None:
        super()._step()
        for office in self.city.offices:
            with suppress(*REFUSED):
                if self.random.random() < OPENED:
                    self._open(office)
        for office, document_id in self.random.sample(self.opened, k=min(DAYS_A_STEP, len(self.opened))):
            for act in (self._at_hub, self._at_office):
                with suppress(*REFUSED):
                    act(office, document_id)

    def _open(self, office: SimulatedOffice) -> None:
        """A day never opened before: a person answers for it, also after a restore of the hub."""
        day = FIRST_DAY + timedelta(days=len(self.opened))
        plan = DayPlan(
            office_id=office.office_id,
            day=day,
            slots=SLOTS,
            hub_desks=DESKS,
            office_desks=DESKS,
            is_surely_new=True,
        )
        hub = self.city.hub
        hub.machine.guarded(partial(at_hub.open_day, plan=plan, by=CITY, now=hub.clock.now(), ids=self._ids))
        self.opened.append((office, document_id_of(office.office_id, day, plan.group)))

    def _at_hub(self, _office: SimulatedOffice, document_id: str) -> None:
        hub, random = self.city.hub, self.random
        said = {"document_id": document_id, "by": CITY, "now": hub.clock.now(), "ids": self._ids}
        day = hub.machine.read(partial(hub_queries.open_day, document_id=document_id))
        free = day.state.free(hub.machine.read(hub_queries.own_side)) if day is not None else []
        if free and random.random() < SOLD:
            wanted = BookingWanted(seat_id=random.choice(free), name=f"visitor {random.random()}")
            self._promise(hub.machine.guarded(partial(at_hub.book, wanted=wanted, **said)))
        elif free and random.random() < GIVEN:
            hub.machine.guarded(partial(at_hub.give, transfer=Transfer(seat_ids=(random.choice(free),)), **said))
        if random.random() < SHARED:
            hub.machine.guarded(partial(at_hub.share, document_id=document_id, now=said["now"], ids=self._ids))

    def _at_office(self, office: SimulatedOffice, document_id: str) -> None:
        if not office.has_greeted:
            return
        machine, random = office.machine, self.random
        person = SignedIn(
            staff_id=StaffId(f"clerk-{office.office_id}"), name="", roles=frozenset(), office_id=office.office_id
        )
        said = {"document_id": document_id, "by": Actor(person=person), "now": office.clock.now(), "ids": self._ids}
        day = machine.read(partial(queries.open_day, document_id=document_id))
        free = day.state.free(machine.read(queries.own_side)) if day is not None else []
        if free and random.random() < SOLD:
            wanted = BookingWanted(seat_id=random.choice(free), name=f"visitor {random.random()}")
            self._promise(machine.guarded(partial(at_office.book, wanted=wanted, **said)))
        elif free and random.random() < GIVEN:
            machine.guarded(partial(at_office.give, transfer=Transfer(seat_ids=(random.choice(free),)), **said))
        if random.random() < SHARED:
            itself = {"office_id": office.office_id, "now": said["now"], "ids": self._ids}
            machine.guarded(partial(at_office.share, document_id=document_id, **itself))

    def _promise(self, booked: Booked) -> None:
        self.promised[booked.document_id, booked.seat_id].append(booked.code)

    def inspect(self) -> None:
        super().inspect()
        self._report("18-no-seat-is-sold-twice", list(self._doubled()))

    def _doubled(self) -> Iterator[str]:
        """Nobody was promised a seat that somebody else has, and no side wrote what it might not."""
        for (document_id, seat_id), codes in sorted(self.promised.items()):
            if len(codes) > 1:
                yield f"{seat_id} of {document_id} was promised {len(codes)} times"
        for _, document_id in self.opened:
            day = self.city.hub.machine.read(partial(hub_queries.open_day, document_id=document_id))
            if day is not None:
                yield from (f"{document_id}: {event_id} is in conflict" for event_id in day.state.conflicts)
