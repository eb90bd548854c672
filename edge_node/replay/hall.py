"""One office's day, driven: a kiosk, a desk for every administrator, and the line."""

import asyncio

import msgspec

from edge_node.replay.asking import Asker, Refused
from edge_node.replay.desk import DeskTicket, ReplayDesk
from edge_node.replay.hub import LineControl
from edge_node.replay.pace import Pace
from edge_node.replay.plan import Action, Call, Cut, Issue, Mend
from edge_node.replay.record import OfficeRecord
from edge_node.replay.tally import Tally
from sync.ambient import Ids
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ticket import Purpose
from sync.vocabulary.working_days import local_day


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the kiosk is asked for."""

    sphere: Sphere
    purpose: Purpose


class Hall:
    """Keeps the order of the plan: tickets in their order, calls in theirs, and one visitor after another at a desk."""

    def __init__(self, kiosk: Asker, desks: list[ReplayDesk], *, record: OfficeRecord, tally: Tally, ids: Ids) -> None:
        self.record = record
        self._kiosk = kiosk
        self._desks = desks
        self._tally = tally
        self._ids = ids
        self._tickets: dict[int, asyncio.Future[DeskTicket | None]] = {}
        self._busy: dict[int, asyncio.Task[None]] = {}

    async def play(self, plan: tuple[Action, ...], *, pace: Pace, line: LineControl) -> None:
        """Do everything; what the office refuses is counted and the day goes on. Raises ``Unanswered``.

        In timed replay the kiosk does not wait for the calls before it, as in a real hall; as fast as possible it
        does, or all tickets of the day would be taken in its first minute.
        """
        loop = asyncio.get_running_loop()
        self._tickets = {action.visit: loop.create_future() for action in plan if isinstance(action, Issue)}
        lanes = [plan]
        if pace.is_timed:
            lanes = [
                tuple(action for action in plan if isinstance(action, Issue)),
                tuple(action for action in plan if not isinstance(action, Issue)),
            ]
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(self._walk(lane, pace=pace, line=line))
        await asyncio.gather(*self._busy.values())

    async def _walk(self, lane: tuple[Action, ...], *, pace: Pace, line: LineControl) -> None:
        for action in lane:
            self._tally.lagged(await pace.until(action.at_minute))
            match action:
                case Issue():
                    self._tickets[action.visit].set_result(await self._issue(action))
                case Call():
                    await self._call(action, pace=pace)
                case Cut():
                    await line.cut(self.record.office_id)
                    self.record.was_cut()
                case Mend():
                    await line.mend(self.record.office_id)
                    self.record.was_mended()
            self.record.steps_done += 1

    async def stop(self) -> None:
        """Leave nothing running behind an error."""
        for task in self._busy.values():
            task.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _issue(self, action: Issue) -> DeskTicket | None:
        wish = Wish(sphere=action.sphere, purpose=action.purpose)
        try:
            answer = await self._kiosk.timed("issue", "/api/tickets", wish, key=self._ids.new())
        except Refused as refused:
            self.record.refused("issue", refused)
            return None
        ticket = msgspec.json.decode(answer, type=DeskTicket)
        self.record.issued(ticket.number, day=local_day(ticket.issued_at))
        return ticket

    async def _call(self, action: Call, *, pace: Pace) -> None:
        """The desk's last visitor has gone before it calls; what follows the call goes on beside the hall."""
        ticket = await self._tickets[action.visit]
        before = self._busy.get(action.desk)
        if before is not None:
            await before
        desk = self._desks[action.desk]
        if ticket is not None and await desk.call(ticket):
            self._busy[action.desk] = asyncio.create_task(desk.serve(ticket, action.then, pace=pace))
