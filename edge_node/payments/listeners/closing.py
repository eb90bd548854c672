"""The end of a terminal's day: it counts, sends its totals to the bank, and the shift ends with them."""

from functools import partial

import structlog
from msgspec import structs

from device_drivers.client import DevicesClient
from device_drivers.errors import DeviceError, OutcomeUnknown
from device_drivers.payment_terminal.protocol import Merchants, Totals
from edge_node.payments import commands, queries
from edge_node.payments.model import Recipient, SettlementKind, Shift, ShiftNotCounted, TerminalCount
from edge_node.staff.model import Person
from sync.ambient import Clock, Ids
from sync.storage import Store

ALL_MERCHANTS = "0"

_log = structlog.get_logger("payments")


class ShiftCloser:
    """Ends shifts in one person's name."""

    def __init__(self, store: Store, *, devices: DevicesClient, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._devices = devices
        self._clock = clock
        self._ids = ids

    async def close(self, shift_id: str, *, by: Person, counted_kopecks: int | None) -> Shift:
        """End a shift; ``counted_kopecks`` is what a person read where the terminal itself does not tell.

        Raises ShiftNotCounted when neither tells, and as ``commands.begin_closing``; the shift goes on then.
        """
        shift = await self._store.run(partial(commands.begin_closing, shift_id=shift_id))
        try:
            count = await self._count(shift, counted_kopecks=counted_kopecks)
        except BaseException:
            await self._store.run(partial(commands.keep_open, shift_id=shift_id))
            raise
        close = partial(commands.close_shift, shift_id=shift_id, count=count, by=by)
        return await self._store.run(partial(close, order_id=self._ids.new(), now=self._clock.now()))

    async def _count(self, shift: Shift, *, counted_kopecks: int | None) -> TerminalCount:
        try:
            before = _totals(await self._devices.call(shift.terminal, "totals", merchant_id=ALL_MERCHANTS))
            note = partial(commands.note_count, shift_id=shift.id, kopecks=before.amount_kopecks)
            await self._store.run(note)
            settled = await self._settle(shift, before)
        except DeviceError as error:
            if counted_kopecks is None:
                raise ShiftNotCounted(terminal=shift.terminal, why=error.reason) from error
            return TerminalCount(kopecks=counted_kopecks, settlement=SettlementKind.BY_HAND)
        if settled.kopecks is None:
            settled = structs.replace(settled, kopecks=counted_kopecks)
        settled = await self._with_earlier(shift, settled)
        return structs.replace(settled, recipients=await recipients_of(self._devices, shift.terminal))

    async def _with_earlier(self, shift: Shift, count: TerminalCount) -> TerminalCount:
        """With what an interrupted end of this shift had counted, if the terminal did begin anew then.

        Nobody heard whether it did; the ledger tells, which knows of all that was paid before and after.
        """
        earlier = shift.terminal_kopecks
        if earlier is None or count.kopecks is None:
            return count
        sums = await self._store.read(partial(queries.sums_of, shift_id=shift.id))
        if count.kopecks == sums.kopecks or count.kopecks + earlier != sums.kopecks:
            return count
        return structs.replace(count, kopecks=count.kopecks + earlier, settlement=SettlementKind.UNKNOWN)

    async def _settle(self, shift: Shift, before: Totals) -> TerminalCount:
        """End the day; where its answer is lost, the totals of just before stand: nobody could pay meanwhile."""
        try:
            answer = await self._devices.call(shift.terminal, "settle", ref=self._ids.new(), merchant_id=ALL_MERCHANTS)
        except OutcomeUnknown:
            _log.warning("end of day unknown", terminal=shift.terminal, shift_id=shift.id)
            return TerminalCount(kopecks=before.amount_kopecks, settlement=SettlementKind.UNKNOWN, slip=before.slip)
        totals = _totals(answer)
        return TerminalCount(kopecks=totals.amount_kopecks, settlement=SettlementKind.SETTLED, slip=totals.slip)


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
