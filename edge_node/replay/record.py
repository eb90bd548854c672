"""What an office acknowledged: the replay's own account, against which the hub is held."""

from collections import Counter
from datetime import date
from time import perf_counter

import msgspec

from edge_node.replay.asking import Refused
from sync.vocabulary.ids import OfficeId


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """What the office had acknowledged when its line was mended, and when that was (of ``perf_counter``)."""

    at: float
    cases: int
    payments: int
    paid_kopecks: int


class OfficeRecord:
    """Everything one office answered with yes."""

    def __init__(self, office_id: OfficeId, *, source: str) -> None:
        self.office_id = office_id
        self.source = source
        self.steps_done = 0
        self.tickets: list[tuple[date, str]] = []  # a number is unique per office and day
        self.called = self.served = self.no_shows = 0
        self.cases: dict[str, int] = {}  # official number → kopecks paid
        self.registered = 0
        self.charges: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.cuts = 0
        self.is_cut = False
        self.mended: Acknowledged | None = None
        self.caught_up_seconds: float | None = None  # from the mend until the hub had all acknowledged before it

    @property
    def payments(self) -> int:
        """Cases for which money moved."""
        return sum(paid > 0 for paid in self.cases.values())

    @property
    def paid_kopecks(self) -> int:
        """All money that moved."""
        return sum(self.cases.values())

    def issued(self, number: str, *, day: date) -> None:
        """A ticket was taken."""
        self.tickets.append((day, number))

    def registered_case(self, number: str) -> None:
        """A case was registered."""
        self.registered += 1
        self.cases.setdefault(number, 0)

    def paid(self, number: str, *, kopecks: int) -> None:
        """Money moved for the case."""
        self.cases[number] += kopecks

    def refused(self, what: str, refused: Refused) -> None:
        """The office said no."""
        self.refusals[f"{what}: {refused.problem.code}"] += 1

    def was_cut(self) -> None:
        """The line went down."""
        self.cuts += 1
        self.is_cut = True
        self.mended = None
        self.caught_up_seconds = None

    def was_mended(self) -> None:
        """The line came back; what was acknowledged until now is what the hub has to catch up with."""
        self.is_cut = False
        self.mended = Acknowledged(
            at=perf_counter(), cases=len(self.cases), payments=self.payments, paid_kopecks=self.paid_kopecks
        )
