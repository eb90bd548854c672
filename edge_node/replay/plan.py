"""What is to be done in an office's hall, and when: pure, so that the same day and seed give the same plan.

Two orders are kept. The hall (kiosk, calls, the line) is one sequence in the order of the minutes, as it was. What
follows a call at its desk is a sequence of its own, and ends before the desk calls again.
"""

from collections.abc import Iterable, Sequence
from random import Random
from typing import TypeAlias

import msgspec

from edge_node.replay.day import OfficeDay
from sync.vocabulary.catalogue import AdministrativeService, Sphere
from sync.vocabulary.ids import ServiceCode
from sync.vocabulary.money import FeeKind
from sync.vocabulary.ticket import Purpose

CASE_EVERY = 3  # served tickets
PAYMENT_EVERY = 5  # cases
STATED_FEE_KOPECKS = 15_000  # where the published fee leaves the amount to the clerk
SERVICE_MINUTES_MEAN = 9.0
SERVICE_MINUTES_MIN = 2.0
COMES_AFTER, REGISTERED_AFTER, PAYS_AFTER = 0.1, 0.6, 0.8  # shares of the time at the desk


class Timed(msgspec.Struct, frozen=True, kw_only=True):
    """Something done at a minute after local midnight of the replayed day."""

    at_minute: float


class Issue(Timed, frozen=True, kw_only=True):
    """A visitor takes a ticket; ``visit`` is its place in the day."""

    visit: int
    sphere: Sphere
    purpose: Purpose


class Serve(Timed, frozen=True, kw_only=True):
    """The visitor came to the desk."""


class Register(Timed, frozen=True, kw_only=True):
    """A case is registered for the ``applicant``-th synthetic applicant."""

    applicant: int
    service_code: ServiceCode
    fee_kopecks: int | None


class Charge(Timed, frozen=True, kw_only=True):
    """The applicant pays the fee of the case just registered."""


class Finish(Timed, frozen=True, kw_only=True):
    """The visitor was served."""


class NoShow(Timed, frozen=True, kw_only=True):
    """Nobody came."""


AtDesk: TypeAlias = Serve | Register | Charge | Finish | NoShow


class Call(Timed, frozen=True, kw_only=True):
    """A ticket is called to a desk (counted from 0), and what happens there until the desk is free again."""

    visit: int
    desk: int
    then: tuple[AtDesk, ...]


class Cut(Timed, frozen=True, kw_only=True):
    """The line of the office goes down."""


class Mend(Timed, frozen=True, kw_only=True):
    """The line of the office comes back."""


Action: TypeAlias = Cut | Mend | Issue | Call


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """When the line of an office is down, in minutes after midnight."""

    from_minute: int
    until_minute: int


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What the office has: spheres its desks serve, desks with staff, services in force."""

    spheres: tuple[Sphere, ...]
    desks: int
    services: tuple[AdministrativeService, ...]


class _Stay(msgspec.Struct):
    visit: int
    desk: int
    from_minute: float
    until_minute: float


def plan_office(day: OfficeDay, *, offer: Offer, seed: str, outages: Iterable[Outage] = ()) -> tuple[Action, ...]:
    """All that is done in one office, in the order of the hall.

    More visitors at once than desks: the one who has been at a desk longest makes room. Every ``CASE_EVERY``-th served
    ticket becomes a case, every ``PAYMENT_EVERY``-th case is of a priced service and paid. Raises ``ValueError`` when
    the office offers nothing.
    """
    if not offer.spheres or not offer.services or offer.desks < 1:
        raise ValueError(f"an office without spheres, services or desks cannot live {day.source}'s day")
    random = Random(seed)  # noqa: S311 - a reproducible plan, no secret
    stays = _stays(day, desks=min(offer.desks, day.desks), random=random)
    spheres = _spheres_of_queues(day, offer.spheres)
    sphere_of = [spheres[visit.queue] for visit in day.visits]
    cases = _cases(day, stays, sphere_of=sphere_of, offer=offer, random=random)
    hall: list[Action] = []
    for outage in outages:
        hall += (Cut(at_minute=outage.from_minute), Mend(at_minute=outage.until_minute))
    for place, visit in enumerate(day.visits):
        purpose = Purpose.FILE if place in cases else random.choice((Purpose.CONSULT, Purpose.RECEIVE))
        hall.append(Issue(at_minute=visit.issued_minute, visit=place, sphere=sphere_of[place], purpose=purpose))
    hall += [_call(stay, case=cases.get(stay.visit), is_no_show=day.visits[stay.visit].is_no_show) for stay in stays]
    return tuple(sorted(hall, key=lambda action: (action.at_minute, _RANK[type(action)])))


# within a minute the line changes first and tickets are taken before any is called
_RANK: dict[type[Action], int] = {Cut: 0, Mend: 1, Issue: 2, Call: 3}


def _stays(day: OfficeDay, *, desks: int, random: Random) -> list[_Stay]:
    called = [
        (visit.called_minute, visit.issued_minute, place)
        for place, visit in enumerate(day.visits)
        if visit.called_minute is not None
    ]
    last_at: dict[int, _Stay] = {}
    stays = []
    for minute, _, place in sorted(called):
        desk = _free_desk(last_at, desks=desks, minute=minute)
        if desk in last_at:
            before = last_at[desk]
            before.until_minute = min(before.until_minute, minute)
        takes = SERVICE_MINUTES_MIN + random.expovariate(1 / (SERVICE_MINUTES_MEAN - SERVICE_MINUTES_MIN))
        last_at[desk] = _Stay(visit=place, desk=desk, from_minute=minute, until_minute=minute + takes)
        stays.append(last_at[desk])
    return stays


def _free_desk(last_at: dict[int, _Stay], *, desks: int, minute: float) -> int:
    """A desk nobody used yet, else the one idle longest, else the one whose visitor came first."""
    if len(last_at) < desks:
        return len(last_at)
    idle = [stay for stay in last_at.values() if stay.until_minute <= minute]
    if idle:
        return min(idle, key=lambda stay: (stay.until_minute, stay.desk)).desk
    return min(last_at.values(), key=lambda stay: (stay.from_minute, stay.desk)).desk


def _spheres_of_queues(day: OfficeDay, spheres: Sequence[Sphere]) -> dict[str, Sphere]:
    queues = sorted({visit.queue for visit in day.visits})
    return {queue: spheres[place % len(spheres)] for place, queue in enumerate(queues)}


class _Case(msgspec.Struct, frozen=True):
    applicant: int
    service: AdministrativeService
    is_paid: bool


def _cases(
    day: OfficeDay, stays: Sequence[_Stay], *, sphere_of: Sequence[Sphere], offer: Offer, random: Random
) -> dict[int, _Case]:
    served = [stay.visit for stay in stays if not day.visits[stay.visit].is_no_show]
    priced = [service for service in offer.services if has_price(service)]
    cases: dict[int, _Case] = {}
    for number, visit in enumerate(served[CASE_EVERY - 1 :: CASE_EVERY], start=1):
        is_paid = number % PAYMENT_EVERY == 0 and bool(priced)
        choice = priced if is_paid else offer.services
        of_sphere = [service for service in choice if service.sphere is sphere_of[visit]]
        cases[visit] = _Case(number, random.choice(of_sphere or choice), is_paid)
    return cases


def has_price(service: AdministrativeService) -> bool:
    """Whether the usual fee of the service is known to be above zero."""
    if service.fee.kind not in {FeeKind.FIXED, FeeKind.SUBSISTENCE_MINIMUM} or not service.fee.variants:
        return False
    usual = service.fee.variants[0]
    return bool(usual.fixed_kopecks or usual.minimum_thousandths)


def _call(stay: _Stay, *, case: _Case | None, is_no_show: bool) -> Call:
    span = stay.until_minute - stay.from_minute

    def after(share: float) -> float:
        return stay.from_minute + span * share

    then: list[AtDesk] = []
    if is_no_show:
        then.append(NoShow(at_minute=stay.until_minute))
    else:
        then.append(Serve(at_minute=after(COMES_AFTER)))
        if case is not None:
            stated = STATED_FEE_KOPECKS if case.service.fee.kind is FeeKind.BY_CLERK else None
            then.append(
                Register(
                    at_minute=after(REGISTERED_AFTER),
                    applicant=case.applicant,
                    service_code=case.service.code,
                    fee_kopecks=stated,
                )
            )
            if case.is_paid:
                then.append(Charge(at_minute=after(PAYS_AFTER)))
        then.append(Finish(at_minute=stay.until_minute))
    return Call(at_minute=stay.from_minute, visit=stay.visit, desk=stay.desk, then=tuple(then))
