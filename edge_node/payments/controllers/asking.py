"""Beginning a charge in one person's name: which terminal, and once per key."""

from functools import partial

import msgspec

from edge_node.payments import commands
from edge_node.payments.model import Charge, Charger, ChargeWanted, NoTerminal
from edge_node.staff.model import Person
from sync.ambient import Clock, Ids
from sync.storage import Store, Transaction
from sync.storage.idempotency import Ask, once
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import CaseId, ChargeId, StaffId


class ChargeAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What makes two requests for a charge under one key the same."""

    staff_id: StaffId
    case_id: CaseId
    wanted: ChargeWanted


class Till:
    """Where one person begins charges."""

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


def _once(tx: Transaction, *, command: "partial[Charge]", ask: Ask) -> Charge:
    return once(tx, command, ask=ask, answer_type=Charge)
