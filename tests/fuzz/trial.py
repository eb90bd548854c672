"""One trial: the check, then yrs, in this very process; and the sum of many."""

import time
from collections import Counter
from itertools import count as numbers

import msgspec

from sync.documents import document
from sync.documents.document import DocumentPanic, DocumentView, Merged
from sync.documents.encoding import INTEGER_MAX, Scalar
from sync.documents.validator import Anatomy, MalformedUpdate, check_operation, check_snapshot
from tests.fuzz.mutations import Honest, broken

P99_MICROSECONDS_MAX = 5_000
VIOLATIONS_SHOWN = 5


class Summary(msgspec.Struct, kw_only=True):
    """What happened to all of them; times of the check are CPU microseconds of this thread."""

    seed: int
    accepted: int = 0
    merged: int = 0
    snapshots: int = 0
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    microseconds: list[float] = []
    violations: list[str] = []

    def percentile(self, part: float) -> float:
        return sorted(self.microseconds)[min(int(len(self.microseconds) * part), len(self.microseconds) - 1)]

    @property
    def is_clean(self) -> bool:
        return not self.violations and self.percentile(0.99) < P99_MICROSECONDS_MAX

    def lines(self) -> list[str]:
        times = f"p50={self.percentile(0.5):.0f} p99={self.percentile(0.99):.0f} max={max(self.microseconds):.0f} µs"
        refused = ", ".join(f"{rule} {times}" for rule, times in self.refused.most_common())
        total = (
            f"seed={self.seed} updates={len(self.microseconds)} accepted={self.accepted} merged={self.merged} "
            f"snapshots={self.snapshots} violations={len(self.violations)} check {times}"
        )
        return [*self.violations[:VIOLATIONS_SHOWN], f"refused: {refused}", total]


class Violated(Exception):  # noqa: N818 - a finding, not an error
    """What the check let through is not what yrs makes of it."""


def fuzz(*, seed: int, count: int) -> Summary:
    """Break ``count`` updates by ``seed`` and try each."""
    summary = Summary(seed=seed)
    for number, (honest, update) in zip(numbers(), broken(seed, count), strict=False):
        try:
            _try(summary, honest, update)
        except (Violated, DocumentPanic, ArithmeticError, LookupError, TypeError, ValueError, RuntimeError) as error:
            summary.violations.append(f"{number}: {type(error).__name__}: {error}: {update[:60].hex()}…")
    return summary


def _try(summary: Summary, honest: Honest, update: bytes) -> None:
    anatomy = _checked(summary, honest, update)
    if anatomy is not None:
        summary.accepted += 1
        _check_alone(anatomy, update, honest.client_id)
        summary.merged += _merges(anatomy, honest, update)
    try:
        check_snapshot(update, roots=None)
    except MalformedUpdate:
        return
    summary.snapshots += 1
    once, twice = (document.merge(None, [update] * times, clients=[]) for times in (1, 2))
    if (once.view, once.digest) != (twice.view, twice.digest):
        raise Violated("a document read without yrs says something else")


def _checked(summary: Summary, honest: Honest, update: bytes) -> Anatomy | None:
    began = time.thread_time_ns()
    try:
        return check_operation(update, client_id=honest.client_id)
    except MalformedUpdate as refused:
        summary.refused[refused.rule] += 1
        return None
    finally:
        summary.microseconds.append((time.thread_time_ns() - began) / 1000)


def _check_alone(anatomy: Anatomy, update: bytes, client_id: int) -> None:
    """By itself it says what its anatomy says, as far as it does not wait for what it overwrites."""
    merged = document.merge(None, [update, update], clients=[client_id])  # what comes twice is for yrs to sort out
    alone = document.merge(None, [update], clients=[client_id])
    if (alone.view, alone.waiting, alone.digest) != (merged.view, merged.waiting, merged.digest):
        raise Violated("read without yrs it says something else")
    written = {"f": merged.view.fields, "ev": merged.view.events, "att": merged.view.attachments}
    said = {(root, key): value for root, entries in written.items() for key, value in entries.items()}
    told = anatomy.written
    if not said.items() <= told.items() if merged.waiting else said != told:
        raise Violated("yrs reads it otherwise")
    _check_shape(merged)


def _merges(anatomy: Anatomy, honest: Honest, update: bytes) -> bool:
    """Whether it merges into the document it is for; where it overwrites, only there its shape can be wrong."""
    try:
        merged = document.merge(honest.snapshot, [update], clients=[honest.client_id])
    except ValueError as error:
        if not anatomy.overwritten:
            raise Violated("no document of ours") from error
        return False
    _check_shape(merged)
    return True


def _check_shape(merged: Merged) -> None:
    check_snapshot(merged.snapshot)
    if not all(_is_lawful(value) for value in _scalars(merged.view)):
        raise Violated("a value outside the shape")


def _scalars(said: DocumentView) -> list[Scalar]:
    entries = [said.fields, *said.events.values(), *said.attachments.values()]
    return [value for entry in entries for value in entry.values()]


def _is_lawful(value: Scalar) -> bool:
    return value is None or isinstance(value, str | bool) or (type(value) is int and abs(value) <= INTEGER_MAX)
