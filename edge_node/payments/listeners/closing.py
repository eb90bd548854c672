"""The end of a terminal's day: it counts, sends its totals to the bank, and the shift ends with them."""

import asyncio
from functools import partial

import structlog
from msgspec import structs

from device_drivers.client import DevicesClient
from device_drivers.errors import DeviceError, OutcomeUnknown, Unavailable
from device_drivers.payment_terminal.protocol import Merchants, Totals
from edge_node.payments import commands
from edge_node.payments.model import Recipient, SettlementKind, Shift, TerminalCount
from edge_node.staff.model import Person
from sync.ambient import Clock, Ids
from sync.storage import Store

ALL_MERCHANTS = "0"

_log = structlog.get_logger("payments")


class ShiftCloser:
    """Ends shifts in one person's name; each end is carried by a task of its own, which outlives the page.

    An end that dies with the process leaves its shift ``closing`` until the next start lets it go on.
    """

    def __init__(self, store: Store, *, devices: DevicesClient, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._devices = devices
        self._clock = clock
        self._ids = ids
        self._carried: dict[str, asyncio.Task[None]] = {}

    async def begin(self, shift_id: str, *, by: Person, counted_kopecks: int | None) -> Shift:
        """Begin the end of a shift; ``counted_kopecks`` is what a person read where the terminal does not tell.

        Nobody pays there from now on until it has ended, or goes on because neither told. Raises as
        ``commands.begin_closing``.
        """
        shift = await self._store.run(partial(commands.begin_closing, shift_id=shift_id))
        task = asyncio.create_task(self._carry(shift, by=by, counted_kopecks=counted_kopecks))
        self._carried[shift_id] = task
        task.add_done_callback(lambda _: self._carried.pop(shift_id, None))
        return shift

    async def ended(self, shift_id: str) -> Shift:
        """The shift when its end that was begun is done, whatever came of it."""
        task = self._carried.get(shift_id)
        if task is not None:
            await asyncio.wait({task})
        return await self._store.read(partial(commands.shift_seen, shift_id=shift_id))

    async def _carry(self, shift: Shift, *, by: Person, counted_kopecks: int | None) -> None:
        try:
            count = await self._count(shift, counted_kopecks=counted_kopecks)
        except DeviceError as error:
            _log.warning("shift not ended", terminal=shift.terminal, shift_id=shift.id, why=error.reason)
            await self._store.run(partial(commands.keep_open, shift_id=shift.id, trouble=error.reason))
            return
        except BaseException:
            await self._store.run(partial(commands.keep_open, shift_id=shift.id, trouble="interrupted"))
            raise
        close = partial(commands.close_shift, shift_id=shift.id, count=count, by=by)
        await self._store.run(partial(close, order_id=self._ids.new(), now=self._clock.now()))

    async def _count(self, shift: Shift, *, counted_kopecks: int | None) -> TerminalCount:
        """Raises DeviceError when neither the terminal nor a person tells."""
        try:
            before = _totals(await self._devices.call(shift.terminal, "totals", merchant_id=ALL_MERCHANTS))
            kopecks = counted_kopecks if before.amount_kopecks is None else before.amount_kopecks
            if kopecks is not None:
                shift = await self._note(shift, kopecks)
            settled = await self._settle(shift, before)
        except DeviceError:
            if counted_kopecks is None:
                raise
            count = TerminalCount(kopecks=counted_kopecks, settlement=SettlementKind.BY_HAND)
            return _with_earlier(await self._note(shift, counted_kopecks), count)
        if settled.kopecks is None:
            settled = structs.replace(settled, kopecks=kopecks)
        settled = _with_earlier(shift, settled)
        return structs.replace(settled, recipients=await recipients_of(self._devices, shift.terminal))

    async def _note(self, shift: Shift, kopecks: int) -> Shift:
        return await self._store.run(partial(commands.note_count, shift_id=shift.id, kopecks=kopecks))

    async def _settle(self, shift: Shift, before: Totals) -> TerminalCount:
        """End the day; where its answer is lost, the terminal is asked what it counts after it."""
        try:
            answer = await self._devices.call(shift.terminal, "settle", ref=self._ids.new(), merchant_id=ALL_MERCHANTS)
        except OutcomeUnknown:
            _log.warning("end of day unknown", terminal=shift.terminal, shift_id=shift.id)
            return await self._after_silence(shift, before)
        totals = _totals(answer)
        return TerminalCount(kopecks=totals.amount_kopecks, settlement=SettlementKind.SETTLED, slip=totals.slip)

    async def _after_silence(self, shift: Shift, before: Totals) -> TerminalCount:
        """The totals of just before, which stand: nobody could pay meanwhile.

        A terminal that counts nothing any more has ended its day; one that counts as much as before has not, and is
        Unavailable; of one that stays silent nobody knows.
        """
        stands = TerminalCount(kopecks=before.amount_kopecks, settlement=SettlementKind.UNKNOWN, slip=before.slip)
        if not before.amount_kopecks:
            return stands
        try:
            after = _totals(await self._devices.call(shift.terminal, "totals", merchant_id=ALL_MERCHANTS))
        except DeviceError:
            return stands
        if after.amount_kopecks == before.amount_kopecks:
            raise Unavailable("report-refused")
        return structs.replace(stands, settlement=SettlementKind.SETTLED) if after.amount_kopecks == 0 else stands


def _with_earlier(shift: Shift, count: TerminalCount) -> TerminalCount:
    """With what interrupted ends of this shift had counted before the terminal began anew."""
    if not shift.carried_kopecks or count.kopecks is None:
        return count
    by_hand = count.settlement is SettlementKind.BY_HAND
    settlement = count.settlement if by_hand else SettlementKind.UNKNOWN
    return structs.replace(count, kopecks=count.kopecks + shift.carried_kopecks, settlement=settlement)


async def recipients_of(devices: DevicesClient, terminal: str) -> tuple[Recipient, ...]:
    """The recipients that the bank has set up in a terminal; empty where it does not tell."""
    try:
        told = await devices.call(terminal, "merchants")
    except DeviceError:
        return ()
    if not isinstance(told, Merchants):
        raise TypeError(f"the terminal answered {type(told).__name__}")
    return tuple(Recipient(id=each.id, name=each.name) for each in told.merchants)


def _totals(answer: object) -> Totals:
    if not isinstance(answer, Totals):
        raise TypeError(f"the terminal answered {type(answer).__name__}")
    return answer
