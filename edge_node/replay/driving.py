"""A whole city's day: opens the halls, drives them side by side, waits for the hub, compares."""

import asyncio
import os
from collections.abc import Callable, Sequence
from time import perf_counter

import msgspec

from edge_node.replay.asking import Asker, Refused
from edge_node.replay.day import OfficeDay
from edge_node.replay.desk import DeskInfo, ReplayDesk
from edge_node.replay.hall import Hall
from edge_node.replay.hub import City, CityCounts, LineControl, OfficeCounts
from edge_node.replay.pace import Pace
from edge_node.replay.plan import Action, Call, Charge, Issue, NoShow, Offer, Outage, Register, plan_office
from edge_node.replay.record import OfficeRecord
from edge_node.replay.report import Counts, OfficeReport, Report, peak_memory
from edge_node.replay.stage import OfficePlace, Stage
from edge_node.replay.tally import Tally
from edge_node.replay.verdict import has_caught_up, heard_tickets, judge
from sync.ambient import Clock, Ids
from sync.vocabulary.catalogue import AdministrativeService, Sphere
from sync.vocabulary.ids import OfficeId

LOOK_SECONDS = 0.25  # how often the hub is asked whether it equals the nodes
SETTLE_SECONDS_MAX = 180.0
TIMED = ("issue", "call", "serving", "register", "charge", "finish")


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be played; ``speed`` in virtual seconds a second, ``None``: as fast as possible."""

    title: str
    days: dict[OfficeId, OfficeDay]
    outages: dict[OfficeId, tuple[Outage, ...]]
    seed: int
    speed: float | None


class Played(msgspec.Struct, frozen=True):
    """One office on the stage."""

    hall: Hall
    desks: list[ReplayDesk]
    plan: tuple[Action, ...]


class Replay:
    """One run; every connection it opens is closed by ``close``."""

    def __init__(self, script: Script, stage: Stage, *, clock: Clock, ids: Ids) -> None:
        self._script = script
        self._stage = stage
        self._clock = clock
        self._ids = ids
        self.tally = Tally()
        watching = Tally()  # what is asked only to see: no visitor asked for it
        self._city = City(stage.hub, tally=watching)
        self._line = LineControl(stage.line_control, tally=watching)
        self._kiosks: list[Asker] = []
        self._offices: dict[OfficeId, Played] = {}
        self._before = CityCounts(offices={}, quarantined=0)
        self._numbers_before: dict[OfficeId, frozenset[str]] = {}

    async def run(self, *, progress: Callable[[OfficeId, int, int], None]) -> Report:
        """Play the script; raises ``Refused`` or ``Unanswered`` when the stage cannot be entered."""
        self._line.check([office_id for office_id, outages in self._script.outages.items() if outages])
        await self._city.sign_in(self._stage.watcher)
        for office_id, day in self._script.days.items():
            self._offices[office_id] = await self._open(office_id, day)
        await self._remember_hub()
        began_at, began, entered = self._clock.now(), perf_counter(), self.tally.requests
        await self._play(progress)
        ended, requests = perf_counter(), self.tally.requests - entered
        settled = await self._settle()
        counts = await self._city.counts()
        offices = tuple([await self._office_report(office_id, counts) for office_id in self._offices])
        return Report(
            day=self._script.title,
            seed=self._script.seed,
            speed=self._script.speed,
            began_at=began_at,
            seconds=round(ended - began, 1),
            offices=offices,
            lost=sum(office.verdict.lost for office in offices),
            doubled=sum(office.verdict.doubled for office in offices),
            quarantined=counts.quarantined - self._before.quarantined,
            seconds_until_equal_after_last_mend=self._after_last_mend(),
            seconds_until_equal_at_end=None if settled is None else round(settled - ended, 2),
            requests=requests,
            requests_per_second=round(requests / (ended - began), 1),
            repeats=self.tally.repeats,
            lag_seconds_max=round(self.tally.lag_seconds_max, 1),
            cpus=os.cpu_count() or 1,
            load_average=round(os.getloadavg()[1], 1),
            times={what: found for what in TIMED if (found := self.tally.percentiles(what))},
            memory=peak_memory(self._stage.processes),
        )

    async def close(self) -> None:
        """Stop what runs, mend what is still cut, leave the desks."""
        for played in self._offices.values():
            await played.hall.stop()
            record = played.hall.record
            if record.is_cut:
                await self._line.mend(record.office_id)
        for played in self._offices.values():
            await asyncio.gather(*(desk.leave() for desk in played.desks))
        await asyncio.gather(*(kiosk.close() for kiosk in self._kiosks), self._city.close(), self._line.close())

    async def _open(self, office_id: OfficeId, day: OfficeDay) -> Played:
        place = self._stage.offices[office_id]
        kiosk = Asker(place.url, tally=self.tally)
        self._kiosks.append(kiosk)
        record = OfficeRecord(office_id, source=day.source)
        desks, spheres = await self._open_desks(place, record=record, wanted=day.desks)
        services = await kiosk.get("/api/services", tuple[AdministrativeService, ...])
        offer = Offer(spheres=spheres, desks=len(desks), services=services)
        seed = f"{self._script.seed}/{office_id}"
        plan = plan_office(day, offer=offer, seed=seed, outages=self._script.outages.get(office_id, ()))
        hall = Hall(kiosk, desks, record=record, tally=self.tally, ids=self._ids)
        return Played(hall, desks, plan)

    async def _open_desks(
        self, place: OfficePlace, *, record: OfficeRecord, wanted: int
    ) -> tuple[list[ReplayDesk], tuple[Sphere, ...]]:
        """As many desks as the day had, the office has and there are administrators for; desks of others are left."""
        opened: list[ReplayDesk] = []
        terminal = asyncio.Lock()
        free: list[DeskInfo] | None = None
        spheres: set[Sphere] = set()
        for account in place.administrators[:wanted]:
            seed = f"{self._script.seed}/{record.office_id}"
            asker = Asker(place.url, tally=self.tally)
            desk = ReplayDesk(asker, account, record=record, ids=self._ids, seed=seed)
            desk.share_terminal(terminal)
            await desk.sign_in()
            if free is None:
                known = await desk.desks()
                spheres = {sphere for each in known for sphere in each.spheres}
                free = [each for each in known if each.occupant_id is None]
            if not free:
                await asker.close()
                break
            try:
                await desk.take(free.pop(0).id)
            except Refused as refused:
                record.refused("take a desk", refused)
                await asker.close()
                continue
            opened.append(desk)
        return opened, tuple(sorted(spheres))

    async def _remember_hub(self) -> None:
        self._before = await self._city.counts()
        for office_id in self._offices:
            cases = await self._city.cases(office_id)
            self._numbers_before[office_id] = frozenset(case.number for case in cases)

    async def _play(self, progress: Callable[[OfficeId, int, int], None]) -> None:
        first_minute = min(played.plan[0].at_minute for played in self._offices.values())
        pace = Pace(first_minute=first_minute, speed=self._script.speed)
        pace.begin()
        watching = asyncio.create_task(self._watch(progress))
        try:
            async with asyncio.TaskGroup() as halls:
                for played in self._offices.values():
                    halls.create_task(played.hall.play(played.plan, pace=pace, line=self._line))
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self, progress: Callable[[OfficeId, int, int], None]) -> None:
        while True:
            for office_id, played in self._offices.items():
                progress(office_id, played.hall.record.steps_done, len(played.plan))
            await self._look_for_mended()
            await asyncio.sleep(LOOK_SECONDS)

    async def _look_for_mended(self) -> None:
        """Note when the hub has what an office had acknowledged at the moment its line was mended."""
        records = [played.hall.record for played in self._offices.values()]
        if all(record.mended is None or record.caught_up_seconds is not None for record in records):
            return
        counts = await self._city.counts()
        for record in records:
            mended = record.mended
            if mended is None or record.caught_up_seconds is not None:
                continue
            now, before = counts.of(record.office_id), self._before.of(record.office_id)
            if has_caught_up(now, before=before, cases=mended.cases, paid_kopecks=mended.paid_kopecks):
                record.caught_up_seconds = round(perf_counter() - mended.at, 2)

    async def _settle(self) -> float | None:
        """When the hub equalled the nodes (of ``perf_counter``); ``None`` when it did not in time."""
        until = perf_counter() + SETTLE_SECONDS_MAX
        while perf_counter() < until:
            await self._look_for_mended()
            counts = await self._city.counts()
            if all(self._is_equal(played.hall.record, counts) for played in self._offices.values()):
                return perf_counter()
            await asyncio.sleep(LOOK_SECONDS)
        return None

    def _is_equal(self, record: OfficeRecord, counts: CityCounts) -> bool:
        now, before = counts.of(record.office_id), self._before.of(record.office_id)
        if not has_caught_up(now, before=before, cases=len(record.cases), paid_kopecks=record.paid_kopecks):
            return False
        told = heard_tickets(now, before=before)
        return told is None or (told >= len(record.tickets) and now.served - before.served >= record.served)

    def _after_last_mend(self) -> float | None:
        mended = [
            (record.mended.at, record.caught_up_seconds)
            for record in (played.hall.record for played in self._offices.values())
            if record.mended is not None
        ]
        return max(mended)[1] if mended else None

    async def _office_report(self, office_id: OfficeId, counts: CityCounts) -> OfficeReport:
        played = self._offices[office_id]
        record = played.hall.record
        now, before = counts.of(office_id), self._before.of(office_id)
        told = heard_tickets(now, before=before)
        verdict = judge(
            record,
            at_hub=await self._city.cases(office_id),
            known_before=self._numbers_before[office_id],
            hub_tickets=told,
        )
        return OfficeReport(
            office_id=office_id,
            source=record.source,
            desks=len(played.desks),
            desks_of_the_day=self._script.days[office_id].desks,
            planned=planned_counts(played.plan),
            office=_office_counts(record),
            hub=_hub_counts(now, before=before, told=told),
            verdict=verdict,
            cuts=record.cuts,
            seconds_until_equal_after_mend=record.caught_up_seconds,
            charges=dict(record.charges),
            refusals=dict(record.refusals),
        )


def planned_counts(plan: Sequence[Action]) -> Counts:
    """What a plan holds when nothing is refused; no sum of money, which is the office's to work out."""
    calls = [action for action in plan if isinstance(action, Call)]
    steps = [step for call in calls for step in call.then]
    no_shows = sum(isinstance(step, NoShow) for step in steps)
    return Counts(
        tickets=sum(isinstance(action, Issue) for action in plan),
        calls=len(calls),
        served=len(calls) - no_shows,
        no_shows=no_shows,
        cases=sum(isinstance(step, Register) for step in steps),
        payments=sum(isinstance(step, Charge) for step in steps),
        paid_kopecks=None,
    )


def _office_counts(record: OfficeRecord) -> Counts:
    return Counts(
        tickets=len(record.tickets),
        calls=record.called,
        served=record.served,
        no_shows=record.no_shows,
        cases=len(record.cases),
        payments=record.payments,
        paid_kopecks=record.paid_kopecks,
    )


def _hub_counts(now: OfficeCounts, *, before: OfficeCounts, told: int | None) -> Counts:
    served = None if told is None else now.served - before.served
    return Counts(
        tickets=told,
        calls=None,
        served=served,
        no_shows=None,
        cases=now.cases - before.cases,
        payments=now.payments - before.payments,
        paid_kopecks=now.paid_kopecks - before.paid_kopecks,
    )
