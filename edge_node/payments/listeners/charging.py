"""Carries charges to the terminals: intent, baseline, bytes, outcome; asks about every unknown one until it ends."""

import asyncio
from contextlib import suppress
from functools import partial

import structlog

from device_drivers.client import DevicesClient
from device_drivers.errors import DeviceError, NeedsAttention, OutcomeUnknown
from device_drivers.payment_terminal.protocol import (
    UNSETTLED,
    Approved,
    Baseline,
    Capabilities,
    CardReceipt,
    Declined,
    NotPerformed,
    OperationKind,
    PartiallyApproved,
    Undecided,
)
from device_drivers.wire import Result
from edge_node.payments import commands, queries
from edge_node.payments.listeners.closing import ShiftCloser, recipients_of
from edge_node.payments.model import (
    OPEN,
    CardSlip,
    Charge,
    ChargeKind,
    ChargeState,
    LastOperation,
    NoTerminal,
    Outcome,
    Recipient,
    Shift,
    TerminalCannotUndo,
)
from edge_node.staff.model import Person
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.errors import Refusal
from sync.vocabulary.ids import ChargeId

FAMILY = "payment_terminal"
ANSWER_SECONDS_MAX = 25.0  # a page waits so long for a card and a PIN, then shows the charge as it is and looks again
ASK_SECONDS_FIRST = 2.0
ASK_SECONDS_MAX = 60.0
FOR_A_PERSON = frozenset({"undecided", "already-counted"})  # asking the terminal again tells nothing new

_log = structlog.get_logger("payments")


class ChargeRunner:
    """Every charge is carried by one task of its own, which goes on when the page that asked has left."""

    def __init__(self, store: Store, *, devices: DevicesClient, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._devices = devices
        self._clock = clock
        self._ids = ids
        self._closer = ShiftCloser(store, devices=devices, clock=clock, ids=ids)
        self._carried: dict[ChargeId, asyncio.Task[Charge]] = {}
        self._doubt = asyncio.Event()

    async def run(self) -> None:
        """Doubt what an earlier life left open, then ask about every unknown charge until it has its end, for ever."""
        await self._store.run(partial(commands.doubt_the_interrupted, now=self._clock.now()))
        pause = ASK_SECONDS_FIRST
        while True:
            self._doubt.clear()
            if await self.ask_about_unknown() == 0:
                await self._doubt.wait()
                pause = ASK_SECONDS_FIRST
            await asyncio.sleep(pause)
            pause = min(2 * pause, ASK_SECONDS_MAX)

    async def ask_about_unknown(self) -> int:
        """Ask once about each unknown charge that a terminal can still tell of; how many are left."""
        for charge in await self._unknown():
            await self.inquire(charge.id)
        return len(await self._unknown())

    async def terminals(self) -> tuple[str, ...]:
        """Names of the payment terminals of this office; empty when the drivers do not run."""
        try:
            known = await self._devices.devices()
        except DeviceError:
            return ()
        return tuple(device.name for device in known.devices if device.family == FAMILY)

    async def recipients(self, terminal: str) -> tuple[Recipient, ...]:
        """The recipients that the bank has set up in this terminal; empty where it does not tell."""
        return await recipients_of(self._devices, terminal)

    async def close_shift(self, shift_id: str, *, by: Person, counted_kopecks: int | None) -> Shift:
        """Begin the end of the terminal's day and of the shift with it; raises as ``ShiftCloser.begin``."""
        return await self._closer.begin(shift_id, by=by, counted_kopecks=counted_kopecks)

    async def shift_ended(self, shift_id: str) -> Shift:
        """The shift when its end that was begun is done, whatever came of it."""
        return await self._closer.ended(shift_id)

    async def begin_trial(self, terminal: str, *, by: Person) -> Charge:
        """Take a technician's hryvnia, and give it back as soon as it is taken.

        Raises TerminalCannotUndo, NoTerminal when it does not answer, and as ``commands.begin_trial``.
        """
        try:
            can = await self._devices.call(terminal, "capabilities")
        except DeviceError as error:
            raise NoTerminal(why=error.reason) from error
        if not isinstance(can, Capabilities) or not can.can_void:
            raise TerminalCannotUndo(terminal=terminal)
        begin = partial(commands.begin_trial, terminal=terminal, charge_id=ChargeId(self._ids.new()), by=by)
        charge = await self._store.run(partial(begin, now=self._clock.now()))
        self.start(charge.id)
        return charge

    async def undo_trial(self, charge_id: ChargeId) -> None:
        """Give the hryvnia of a trial back, which was not at once; raises as ``commands.begin_trial_void``."""
        begin = partial(commands.begin_trial_void, charge_id=charge_id, void_id=ChargeId(self._ids.new()))
        void = await self._store.run(partial(begin, now=self._clock.now()))
        self.start(void.id)

    def start(self, charge_id: ChargeId) -> None:
        """Carry a charge through while the page that asked goes on."""
        self._task(charge_id)

    async def take(self, charge_id: ChargeId) -> Charge:
        """Carry a charge through, or join whoever does; the charge as it stands at its end, or after a while."""
        task = self._task(charge_id)
        done, _ = await asyncio.wait({task}, timeout=ANSWER_SECONDS_MAX)
        return task.result() if done else await self._charge(charge_id)

    def _task(self, charge_id: ChargeId) -> "asyncio.Task[Charge]":
        task = self._carried.get(charge_id)
        if task is None:
            task = asyncio.create_task(self._carry(charge_id))
            self._carried[charge_id] = task
            task.add_done_callback(lambda _: self._carried.pop(charge_id, None))
        return task

    async def inquire(self, charge_id: ChargeId) -> Charge:
        """Ask the terminal about a charge of unknown outcome; the charge after it."""
        charge = await self._charge(charge_id)
        if charge.state is not ChargeState.UNKNOWN or charge.baseline is None:
            return charge
        baseline = Baseline(invoice_number=charge.baseline.invoice_number, rrn=charge.baseline.rrn)
        number = await self._number_to_undo(charge) if charge.kind is ChargeKind.VOID else ""
        try:
            result = await self._devices.call(
                charge.terminal,
                "inquire",
                ref=charge.id,
                kind=OperationKind(charge.kind.value),
                baseline=baseline,
                amount_kopecks=charge.amount_kopecks,
                invoice_number=number,
            )
        except DeviceError as error:
            _log.info("terminal does not tell", charge_id=charge.id, why=error.reason)
            return charge
        return await self._conclude(charge, outcome_of(result))

    async def _carry(self, charge_id: ChargeId) -> Charge:
        charge = await self._charge(charge_id)
        if charge.state is not ChargeState.INTENDED:
            return charge
        try:
            baseline = await self._devices.call(charge.terminal, "baseline")
        except DeviceError as error:
            return await self._conclude(charge, Outcome(state=ChargeState.FAILED, reason=error.reason))
        if not isinstance(baseline, Baseline):
            raise TypeError(f"the terminal answered {type(baseline).__name__}")
        last = LastOperation(invoice_number=baseline.invoice_number, rrn=baseline.rrn)
        await self._store.run(
            partial(commands.begin_sending, charge_id=charge_id, baseline=last, now=self._clock.now())
        )
        return await self._conclude(charge, await self._send(charge))

    async def _send(self, charge: Charge) -> Outcome:
        try:
            if charge.kind is ChargeKind.VOID:
                number = await self._number_to_undo(charge)
                result = await self._act(charge, "void", invoice_number=number)
            else:
                result = await self._act(charge, "charge", merchant_id=charge.merchant_id)
        except OutcomeUnknown as error:
            return Outcome(state=ChargeState.UNKNOWN, reason=error.reason)
        except DeviceError as error:
            return Outcome(state=ChargeState.FAILED, reason=error.reason)
        outcome = outcome_of(result)
        if charge.kind is ChargeKind.VOID and outcome.state is ChargeState.PARTIALLY_APPROVED:
            return Outcome(state=ChargeState.UNKNOWN, reason="undecided", slip=outcome.slip)  # a void is of the whole
        return outcome

    async def _number_to_undo(self, void: Charge) -> str:
        charge = await self._store.read(partial(commands.charge_reversed_by, void=void))
        return charge.slip.invoice_number if charge.slip else ""

    async def _act(self, charge: Charge, method: str, **others: str) -> Result:
        """Let the terminal act; one that still waits for an act which a person has settled is told so first."""
        arguments = {"amount_kopecks": charge.amount_kopecks, "ref": charge.id, **others}
        try:
            return await self._devices.call(charge.terminal, method, **arguments)
        except NeedsAttention as held:
            if held.reason != UNSETTLED or held.ref is None or not await self._has_ended(held.ref):
                raise
            await self._devices.call(charge.terminal, "release", ref=held.ref)
        return await self._devices.call(charge.terminal, method, **arguments)

    async def _has_ended(self, ref: str) -> bool:
        known = await self._store.read(partial(queries.charge, charge_id=ref))
        return known is not None and known.state not in OPEN

    async def _conclude(self, charge: Charge, outcome: Outcome) -> Charge:
        concluded = await self._store.run(
            partial(commands.conclude, charge_id=charge.id, outcome=outcome, now=self._clock.now(), ids=self._ids)
        )
        if concluded.state is ChargeState.UNKNOWN:
            _log.warning("charge unknown", charge_id=charge.id, terminal=charge.terminal, why=concluded.reason)
            self._doubt.set()
        if concluded.is_trial and concluded.has_taken:
            with suppress(Refusal):  # the hryvnia stands on the page, to be given back by its button
                await self.undo_trial(charge.id)
        return concluded

    async def _charge(self, charge_id: ChargeId) -> Charge:
        return await self._store.read(partial(commands.existing, charge_id=charge_id))

    async def _unknown(self) -> list[Charge]:
        charges = await self._store.read(queries.open_charges)
        return [each for each in charges if each.state is ChargeState.UNKNOWN and each.reason not in FOR_A_PERSON]


def outcome_of(result: Result) -> Outcome:
    """What a terminal's answer means for the ledger."""
    match result:
        case Approved():
            return Outcome(state=ChargeState.APPROVED, slip=_slip(result.receipt))
        case PartiallyApproved():
            return Outcome(state=ChargeState.PARTIALLY_APPROVED, slip=_slip(result.receipt))
        case Declined():
            return Outcome(state=ChargeState.DECLINED, reason=result.reason, code=result.code)
        case NotPerformed():
            return Outcome(state=ChargeState.NOT_PERFORMED, reason="not-performed")
        case Undecided():
            seen = None if result.receipt is None else _slip(result.receipt)
            return Outcome(state=ChargeState.UNKNOWN, reason="undecided", slip=seen)
        case _:
            raise TypeError(f"a terminal answered {type(result).__name__}")


def _slip(receipt: CardReceipt) -> CardSlip:
    return CardSlip(
        amount_kopecks=receipt.amount_kopecks,
        invoice_number=receipt.invoice_number,
        rrn=receipt.rrn,
        approval_code=receipt.approval_code,
        card_mask=receipt.pan_masked,
        terminal_id=receipt.terminal_id,
        at_text=receipt.at_text,
    )
