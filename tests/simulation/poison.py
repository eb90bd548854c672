"""Operations that no honest program makes, in a node's own chain: malformed, forged, or beyond what it may change."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from random import Random
from sqlite3 import OperationalError

from msgspec.structs import replace

from sync.replication import outbox
from sync.replication.identity import link_hash
from sync.replication.outbox import Change
from sync.storage import Transaction, replica
from sync.vocabulary.case import CaseEvent, from_entry
from tests.simulation.office import SimulatedOffice

Brew = Callable[[Transaction, SimulatedOffice, str, str, Random], None]


def fixed_field(tx: Transaction, office: SimulatedOffice, case_id: str, operation_id: str, random: Random) -> None:
    """The official number of a case is written over."""
    office.ledger.bad_words.add(b"SHV-2026-0000000-0")
    change = Change(document_id=case_id, fields={"number": "SHV-2026-0000000-0"})
    outbox.record(tx, change, operation_id=operation_id, now=office.clock.now())


def changed_event(tx: Transaction, office: SimulatedOffice, case_id: str, operation_id: str, random: Random) -> None:
    """A fact of the past is told otherwise."""
    view = outbox.view(tx, case_id)
    entry_id = min(view.events) if view else ""
    office.ledger.bad_words.add(b"somebody-else")
    event = replace(from_entry(entry_id, view.events[entry_id] if view else {}), actor_id="somebody-else")
    outbox.record(tx, Change(document_id=case_id, events=(event,)), operation_id=operation_id, now=office.clock.now())


def foreign_event(tx: Transaction, office: SimulatedOffice, case_id: str, operation_id: str, random: Random) -> None:
    """A fact is told in the name of another office's node."""
    event = CaseEvent(
        id=operation_id,
        kind="payment_received",
        clock=outbox.next_clock(tx, now=office.clock.now()),
        at=office.clock.now(),
        node_id="01ZZZZZZZZZZZZZZZZZZZZZZZZ",
        office_id="CEN",
        actor_id="forger",
        facts={"terminal_id": "T-CEN", "reference": operation_id, "amount_kopecks": 1},
    )
    office.ledger.bad_events.add(operation_id)
    office.ledger.bad_words.add(operation_id.encode())
    outbox.record(tx, Change(document_id=case_id, events=(event,)), operation_id=operation_id, now=office.clock.now())


def garbage(tx: Transaction, office: SimulatedOffice, case_id: str, operation_id: str, random: Random) -> None:
    """The bytes of an operation are none."""
    _with_body(tx, office, case_id, operation_id, lambda _: random.randbytes(40))


def truncated(tx: Transaction, office: SimulatedOffice, case_id: str, operation_id: str, random: Random) -> None:
    """Half an operation."""
    _with_body(tx, office, case_id, operation_id, lambda body: body[: len(body) // 2])


def deep(tx: Transaction, office: SimulatedOffice, case_id: str, operation_id: str, random: Random) -> None:
    """Arrays in arrays in arrays, on which a decoder falls off its stack."""
    _with_body(tx, office, case_id, operation_id, lambda body: body[:-12] + b"\x75\x01" * 20_000)


def _with_body(
    tx: Transaction, office: SimulatedOffice, case_id: str, operation_id: str, spoil: Callable[[bytes], bytes]
) -> None:
    """An honest operation whose bytes are spoiled on the way into the chain."""
    before, document = replica.stream(tx), replica.document(tx, document_id=case_id)
    word = f"spoiled-{operation_id}"  # made anew after another poison its bytes are whole, and it is no less poison
    office.ledger.bad_words.add(word.encode())
    change = Change(document_id=case_id, fields={"applicant_email": word})
    outbox.record(tx, change, operation_id=operation_id, now=office.clock.now())
    stored = replica.operation(tx, operation_id=operation_id)
    if stored is None or stored.body is None or document is None or stored.oseq is None:
        raise LookupError(operation_id)
    spoiled = replace(stored, body=spoil(stored.body))
    head_hash = link_hash(before.head_hash, outbox.as_operation(spoiled))
    tx.execute(
        "update replica_operations set body = :body, hash = :hash where operation_id = :operation_id",
        body=spoiled.body,
        hash=head_hash,
        operation_id=operation_id,
    )
    replica.advance_stream(tx, oseq=stored.oseq, head_hash=head_hash)
    replica.save_document(tx, document)


BREWS: tuple[Brew, ...] = (fixed_field, changed_event, foreign_event, garbage, truncated, deep)


def poison(office: SimulatedOffice, *, random: Random) -> str | None:
    """One of them, on a case of the office; what it was."""
    cases = office.case_ids()
    if not cases or office.link.frozen is not None:
        return None
    brew, operation_id, case_id = random.choice(BREWS), office.ids.new(), random.choice(cases[-12:])
    office.ledger.poisoned[operation_id] = brew.__name__
    with suppress(OperationalError):  # its disk is full
        office.machine.surely(partial(brew, office=office, case_id=case_id, operation_id=operation_id, random=random))
    office.ledger.poisoned_cases.add(case_id)
    return brew.__name__
