"""What was appended becomes part of the documents: in the order of arrival, judged, told to whom it concerns."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from central_hub.node_gateway import queries
from central_hub.node_gateway.commands.working import Working
from central_hub.storage import ingest, replica
from central_hub.storage.ingest import MERGED, RECEIVED, WAITING, ReceivedOperation, Settled
from central_hub.storage.transaction import Transaction

WAITING_MAX = 256  # all are tried again whenever their document changes: a gap without end must cost no more than this
TOO_MANY_WAIT = "too-many-wait"


def _unnoted(_operation_id: str) -> None:
    """Nobody watches."""


def merge_received(tx: Transaction, *, limit: int, now: datetime, note: Callable[[str], None] = _unnoted) -> int:
    """Merge at most ``limit`` received operations; how many were dealt with, 0 when none was left.

    One that misses a change still on its way waits, and is tried again whenever its document changes; where too many
    wait for one document, what its node made there is set apart. ``note`` hears the id of each operation before it is
    applied, and an empty one when all is written: any may kill the process.
    """
    if not ingest.has_received(tx):
        return 0
    seq = replica.reserve(tx, count=0)  # the row is ours from here on: what is used is counted at the end
    taken = ingest.received(tx, limit=limit)
    waiting: dict[str, list[ReceivedOperation]] = {}
    for each in ingest.waiting(tx, document_ids={each.document_id for each in taken}):
        waiting.setdefault(each.document_id, []).append(each)
    taken_numbers: dict[str, str] = {}
    while True:  # nothing is written yet: a number found to be another's has the batch judged again
        working = Working(tx, seq=seq, taken=taken_numbers, now=now)
        settled = _worked(working, taken, {key: list(each) for key, each in waiting.items()}, note=note)
        bearers = queries.bearers(tx, numbers=working.numbers)
        clashes = {number: bearer for number, bearer in bearers.items() if bearer != working.numbers[number]}
        if not clashes:
            break
        taken_numbers |= clashes
    replica.reserve(tx, count=working.seq - seq)
    ingest.settle(tx, settled.values())
    working.save()
    note("")
    return len(taken)


def _worked(
    working: Working,
    taken: list[ReceivedOperation],
    waiting: dict[str, list[ReceivedOperation]],
    *,
    note: Callable[[str], None],
) -> dict[str, Settled]:
    """What becomes of each operation, by its id."""
    working.load(taken)
    settled: dict[str, Settled] = {}
    for operation in taken:
        outcomes = _with_waiting(working, operation, waiting, note=note)
        settled |= {outcome.operation_id: outcome for outcome in outcomes}
    return settled


def _with_waiting(
    working: Working,
    operation: ReceivedOperation,
    waiting: dict[str, list[ReceivedOperation]],
    *,
    note: Callable[[str], None],
) -> list[Settled]:
    """The operation, and what it lets on that waited for it."""
    note(operation.operation_id)
    settled = [working.take(operation)]
    held_back = waiting.setdefault(operation.document_id, [])
    if settled[0].state == WAITING:
        held_back.append(operation)
        if len(held_back) > WAITING_MAX:
            settled += _given_up(working, held_back, node_id=operation.node_id)
    is_moving = settled[0].state == MERGED
    while is_moving:
        is_moving = False
        for each in tuple(held_back):
            note(each.operation_id)
            tried = working.take(each)
            if tried.state != WAITING:
                held_back.remove(each)
                settled.append(tried)
                is_moving = True
    return settled


def _given_up(working: Working, held_back: list[ReceivedOperation], *, node_id: str) -> list[Settled]:
    """Of this node nothing waits any more: its first is set apart, and what follows it the node makes anew."""
    first, *followers = [each for each in held_back if each.node_id == node_id]
    held_back[:] = [each for each in held_back if each.node_id != node_id]
    apart = working.take(replace(first, state=RECEIVED, quarantine_code=TOO_MANY_WAIT))
    return [apart, *(working.take(each) for each in followers)]
