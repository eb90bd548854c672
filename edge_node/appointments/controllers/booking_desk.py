"""What the pages of appointments ask of one office, in the name of who is signed in."""

import secrets
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, TypeVar

from litestar import Request
from litestar.di import NamedDependency, Provide

from edge_node.appointments import commands, queries
from edge_node.appointments.commands import Actor
from edge_node.appointments.model import DayNotOpen
from edge_node.catalogue import queries as catalogue
from edge_node.catalogue.model import UnknownOffice
from edge_node.queue.model import Language
from edge_node.settings import NodeSettings
from sync.ambient import Clock, Ids
from sync.storage import Reader, Store, replica
from sync.vocabulary.appointment import BookingNotFound
from sync.vocabulary.appointment_rules import begins_at, group_of, slot_of
from sync.vocabulary.identifiers.phone import format_phone
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.offers import HoldExpired, NotBookable, begins
from sync.vocabulary.ticket import Purpose
from sync.vocabulary.working_days import local_day
from sync.web.access import signed_in
from sync.web.i18n import current_language, keyed, speaking

T = TypeVar("T")
AnyRequest = Request[Any, Any, Any]
TOKEN_BYTES = 12
_DAY_PART = 2  # of "appointments.SHV.2026-12-01.all"


class BookingDesk:
    """Runs commands of this slice as a person, and answers what its pages show."""

    def __init__(self, store: Store, *, by: Actor, office_id: OfficeId, clock: Clock, ids: Ids) -> None:
        self._store, self._by, self._office_id, self._clock, self._ids = store, by, office_id, clock, ids

    async def do(self, command: Callable[..., T]) -> T:
        """What the command answers, in this person's name, now."""
        return await self._store.run(partial(command, by=self._by, now=self._clock.now(), ids=self._ids))

    async def sheet(self, day: date | None) -> dict[str, object]:
        """The list of ``day``, or of today; and who must be telephoned because the rules have changed."""
        now = self._clock.now()
        today = local_day(now)
        on = day or today
        read = partial(commands.read_day, office_id=self._office_id, day=on, by=self._by, now=now)
        sheet = await self._store.run(read)
        clashing = await self._store.read(partial(queries.clashes, office_id=self._office_id, now=now))
        names = await self._names({line.booking.service_code for line in sheet.lines})
        link = await self._store.read(replica.link)
        return {
            "sheet": sheet,
            "clashing": clashing,
            "names": names,
            "today": today,
            "format_phone": format_phone,
            "heard_at": link.synced_at,
            "offline_since": link.offline_since,
        }

    async def times(self, code: str) -> dict[str, object]:
        """The free times for a service; raises UnknownService, NotBookable."""
        now = self._clock.now()

        def ask(reader: Reader) -> dict[str, object]:
            service = catalogue.service(reader, code=code)
            rules = queries.rules(reader, office_id=self._office_id)
            if group_of(rules, service.sphere) is None:
                raise NotBookable
            days = queries.free_times(reader, service=service, office_id=self._office_id, now=now)
            return {"service": service, "days": [day for day in days if day.slots]}

        return await self._store.read(ask)

    async def kept(self, hold_id: str) -> dict[str, object]:
        """The time that is kept; raises HoldExpired."""
        now = self._clock.now()

        def ask(reader: Reader) -> dict[str, object]:
            kept = queries.hold(reader, hold_id=hold_id, now=now)
            day = None if kept is None else queries.open_day(reader, document_id=kept.document_id)
            if kept is None or day is None:
                raise HoldExpired
            return {
                "kept": kept,
                "service": catalogue.service(reader, code=kept.service_code),
                "service_code": kept.service_code,
                "begins_at": begins_at(day.on, slot_of(kept.seat_ids[0])),
            }

        return await self._store.read(ask)

    async def slip(self, document_id: str, *, code: str) -> dict[str, object]:
        """What stands on a slip: when, where, for what; no name. Raises DayNotOpen, BookingNotFound."""
        now = self._clock.now()

        def ask(reader: Reader) -> dict[str, object]:
            day = queries.open_day(reader, document_id=document_id)
            if day is None or day.office_id != self._office_id:
                raise DayNotOpen(document_id=document_id)
            found = queries.booking_in(day, code=code)
            if found is None:
                raise BookingNotFound(seat_id="")
            rules = queries.rules(reader, office_id=self._office_id)
            return {
                "begins_at": begins(day, found.booking),
                "code": code,
                "service": catalogue.service(reader, code=found.booking.service_code),
                "office": _office(reader, self._office_id),
                "early_minutes": rules.early_minutes,
                "grace_minutes": rules.grace_minutes,
                "day": day.day,
                "may_report": found.booking.outcome is None and day.on == local_day(now),
            }

        return await self._store.read(ask)

    def day_in(self, document_id: str) -> str:
        """The day that a document is of."""
        parts = document_id.split(".")
        return parts[_DAY_PART] if len(parts) > _DAY_PART else ""

    async def _names(self, codes: set[str]) -> dict[str, str]:
        return await self._store.read(partial(catalogue.names, codes=codes, language=current_language()))


def _office(reader: Reader, office_id: OfficeId) -> object:
    try:
        return catalogue.office(reader, office_id=office_id)
    except UnknownOffice:
        return None


def arrival_of(code: str, *, request: AnyRequest, settings: NodeSettings) -> commands.Arrival:
    """Somebody reports with this code; their paper is in Ukrainian, its page in the language of who asks."""
    with speaking("uk"):
        purpose = keyed("purpose", Purpose.FILE)
    return commands.Arrival(
        code=code,
        language=Language(current_language()),
        token=secrets.token_urlsafe(TOKEN_BYTES),
        purpose=purpose,
        site=(settings.listen.public_url or str(request.base_url)).rstrip("/"),
    )


def provide_booking_desk(
    request: AnyRequest,
    store: NamedDependency[Store],
    clock: NamedDependency[Clock],
    ids: NamedDependency[Ids],
    settings: NamedDependency[NodeSettings],
) -> BookingDesk:
    """The desk of who is signed in."""
    by = Actor(person=signed_in(request))
    return BookingDesk(store, by=by, office_id=settings.office_id, clock=clock, ids=ids)


AT_DESK = {"desk": Provide(provide_booking_desk, sync_to_thread=False)}
