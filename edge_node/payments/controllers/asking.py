"""What one person asks about money in one request: in their name, at this moment, once per key."""

from functools import partial
from typing import Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency, Provide

from edge_node.payments import commands
from edge_node.payments.model import BankReceiptEntry, Charge, Charger, ChargeWanted, NoTerminal, Settlement
from edge_node.staff.model import Person
from sync.ambient import Clock, Ids
from sync.storage import Store, Transaction
from sync.storage.idempotency import Ask, once
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import CaseId, ChargeId, StaffId
from sync.web.access import signed_in


class ChargeAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What makes two requests for a charge under one key the same."""

    staff_id: StaffId
    case_id: CaseId
    wanted: ChargeWanted


class Till:
    """Where one person begins charges and ends what nobody knew; every act raises as its command does."""

    def __init__(self, store: Store, *, charger: Charger, clock: Clock, ids: Ids, by: Person) -> None:
        self._store = store
        self._charger = charger
        self._clock = clock
        self._ids = ids
        self._by = by

    async def begin(self, case_id: CaseId, wanted: ChargeWanted, *, key: str | None = None) -> Charge:
        """The charge, written down and not sent yet; raises NoTerminal, and what ``commands.begin_charge`` raises."""
        now = self._clock.now()
        terminal = await self._terminal(wanted.terminal)
        command = partial(
            commands.begin_charge,
            case_id=case_id,
            amount_kopecks=wanted.amount_kopecks,
            terminal=terminal,
            charge_id=ChargeId(self._ids.new()),
            by=self._by,
            now=now,
        )
        asked = ChargeAsked(staff_id=self._by.staff_id, case_id=case_id, wanted=wanted)
        ask = Ask(key=key, request=asked, now=now)
        return await self._store.run(partial(_once, command=command, ask=ask))

    async def undo(self, charge_id: ChargeId) -> None:
        """Begin the void of a charge; the terminal goes on with it."""
        command = partial(commands.begin_void, charge_id=charge_id, void_id=ChargeId(self._ids.new()))
        void = await self._store.run(partial(command, by=self._by, now=self._clock.now()))
        self._charger.start(void.id)

    async def inquire(self, charge_id: ChargeId) -> Charge:
        """Ask the terminal what became of a charge; the charge after it."""
        charge = await self._store.read(partial(commands.charge_for, charge_id=charge_id, by=self._by))
        return await self._charger.inquire(charge.id)

    async def settle(self, charge_id: ChargeId, settlement: Settlement) -> Charge:
        """Write down what the terminal's own journal shows."""
        command = partial(commands.settle, charge_id=charge_id, settlement=settlement, by=self._by)
        return await self._store.run(partial(command, now=self._clock.now(), ids=self._ids))

    async def apply_for_refund(self, charge_id: ChargeId) -> None:
        """Order the payer's application for the money of a charge."""
        command = partial(commands.order_refund_application, charge_id=charge_id, by=self._by)
        await self._store.run(partial(command, order_id=self._ids.new(), now=self._clock.now()))

    async def enter_receipt(self, case_id: CaseId, entry: BankReceiptEntry) -> None:
        """Count a bank's receipt for a case."""
        command = partial(commands.enter_bank_receipt, case_id=case_id, entry=entry, receipt_id=self._ids.new())
        await self._store.run(partial(command, by=self._by, now=self._clock.now(), ids=self._ids))

    async def _terminal(self, chosen: str | None) -> str:
        """The terminal chosen, or the only one."""
        known = await self._charger.terminals()
        if not known:
            raise NoTerminal
        if chosen is None:
            return known[0]
        if chosen not in known:
            raise InvalidInput(field="terminal", rule="unknown")
        return chosen


def till_of(
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    charges: NamedDependency[Charger],
    clock: NamedDependency[Clock],
    ids: NamedDependency[Ids],
) -> Till:
    """The till of whoever asks."""
    return Till(store, charger=charges, clock=clock, ids=ids, by=signed_in(request))


TILL = {"till": Provide(till_of, sync_to_thread=False)}


def _once(tx: Transaction, *, command: "partial[Charge]", ask: Ask) -> Charge:
    return once(tx, command, ask=ask, answer_type=Charge)
