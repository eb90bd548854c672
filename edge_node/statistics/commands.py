"""Keeping the hall's figures in step with the log, and making them all again."""

from collections.abc import Iterable, Mapping

from edge_node.statistics import queries
from edge_node.statistics.model import Cell
from edge_node.statistics.queries import Step
from sync.storage import Transaction
from sync.vocabulary.hall import COUNTS, HallDay


def take(tx: Transaction, *, step: Step) -> bool:
    """Add what a step of the log says; a step that was taken meanwhile by another is not taken twice (``False``)."""
    if queries.read_until(tx) != step.since:
        return False
    queries.add(tx, step.changes)
    queries.note_read(tx, until=step.until, revisions=step.revisions)
    return True


def replace(tx: Transaction, *, whole: Mapping[Cell, dict[str, int]], until: int) -> int | None:
    """Put right what differs from ``whole``, which is the log up to ``until``; how many cells differed.

    ``None``, and nothing is changed, when the figures have gone on meanwhile.
    """
    if queries.read_until(tx) != until:
        return None
    nothing = dict.fromkeys(COUNTS, 0)
    kept = {cell: {name: getattr(found, name) for name in COUNTS} for cell, found in queries.all_cells(tx).items()}
    wrong = {
        cell: {name: whole.get(cell, nothing)[name] - kept.get(cell, nothing)[name] for name in COUNTS}
        for cell in whole.keys() | kept.keys()
        if whole.get(cell, nothing) != kept.get(cell, nothing)
    }
    queries.add(tx, wrong)
    queries.forget_told(tx, days={cell.day for cell in wrong})
    return len(wrong)


def note_told(tx: Transaction, *, days: Iterable[HallDay], to: str) -> None:
    """These days reached the hub of that incarnation."""
    for each in days:
        queries.note_told(tx, day=each.day, revision=each.revision, to=to)
