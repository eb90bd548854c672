"""Settle runs whose end nobody heard."""

from msgspec import structs

from edge_node.copying import queries
from edge_node.copying.model import CopyRun, CopyRunNotFound, CopyRunNotUnknown, CopyState
from sync.storage import Transaction
from sync.vocabulary.ids import StaffId

OPEN = frozenset({CopyState.QUEUED, CopyState.UNKNOWN})


def doubt_interrupted(tx: Transaction) -> int:
    """At start: runs that were going on when the process ended have an end that nobody knows; how many."""
    begun = queries.begun_runs(tx)
    for run in begun:
        queries.write_run(tx, structs.replace(run, state=CopyState.UNKNOWN, reason="interrupted"))
    return len(begun)


def hear(tx: Transaction, *, run_id: str, state: CopyState, reason: str | None) -> None:
    """What the print system told of an open run; a known end is not overwritten."""
    run = _existing(tx, run_id)
    if run.state in OPEN:
        queries.write_run(tx, structs.replace(run, state=state, reason=reason))


def settle(tx: Transaction, *, run_id: str, state: CopyState, by: StaffId) -> CopyRun:
    """A person looked at the printer; raises CopyRunNotFound, CopyRunNotUnknown."""
    run = _existing(tx, run_id)
    if run.state is not CopyState.UNKNOWN:
        raise CopyRunNotUnknown(state=run.state.value)
    settled = structs.replace(run, state=state, settled_by=by)
    queries.write_run(tx, settled)
    return settled


def _existing(tx: Transaction, run_id: str) -> CopyRun:
    run = queries.run(tx, run_id=run_id)
    if run is None:
        raise CopyRunNotFound
    return run
