"""Holding the hub against what the offices acknowledged: pure."""

from collections import Counter
from collections.abc import Collection, Sequence

import msgspec

from edge_node.replay.hub import HubCase, OfficeCounts
from edge_node.replay.record import OfficeRecord
from sync.vocabulary.working_days import local_day


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Each of them has to be 0.

    ``cases_lost`` were acknowledged and are not at the hub; ``cases_doubled`` are there twice, or bear one number
    twice, or nobody acknowledged them (a repeat that registered twice). ``tickets_*`` compare with what the office
    told the hub of its day, where both belong to the same day.
    """

    tickets_lost: int = 0
    tickets_doubled: int = 0
    cases_lost: int = 0
    cases_doubled: int = 0
    payments_lost: int = 0
    payments_doubled: int = 0

    @property
    def lost(self) -> int:
        """All that is missing."""
        return self.tickets_lost + self.cases_lost + self.payments_lost

    @property
    def doubled(self) -> int:
        """All that is there more than once."""
        return self.tickets_doubled + self.cases_doubled + self.payments_doubled


def judge(
    record: OfficeRecord, *, at_hub: Sequence[HubCase], known_before: Collection[str], hub_tickets: int | None
) -> Verdict:
    """Compare ``record`` with the hub's cases of the office; ``known_before`` are numbers from before the replay.

    ``hub_tickets`` is how many tickets the hub heard of, ``None`` when it cannot be compared.
    """
    numbers = Counter(case.number for case in at_hub if case.number not in known_before)
    paid = {case.number: case.paid_kopecks for case in at_hub}
    issued = len(record.tickets)
    told = issued if hub_tickets is None else hub_tickets
    return Verdict(
        tickets_lost=max(0, issued - told),
        tickets_doubled=issued - len(set(record.tickets)) + max(0, told - issued),
        cases_lost=sum(number not in numbers for number in record.cases),
        cases_doubled=(
            record.registered
            - len(record.cases)
            + sum(count - 1 for count in numbers.values())
            + sum(number not in record.cases for number in numbers)
        ),
        payments_lost=sum(paid.get(number, 0) < kopecks for number, kopecks in record.cases.items()),
        payments_doubled=sum(paid.get(number, 0) > kopecks for number, kopecks in record.cases.items()),
    )


def has_caught_up(now: OfficeCounts, *, before: OfficeCounts, cases: int, paid_kopecks: int) -> bool:
    """Whether the hub counts at least so many cases and kopecks more than ``before``."""
    return now.cases - before.cases >= cases and now.paid_kopecks - before.paid_kopecks >= paid_kopecks


def heard_tickets(now: OfficeCounts, *, before: OfficeCounts) -> int | None:
    """Tickets the hub heard of since ``before``; ``None`` when it heard nothing, or midnight passed."""
    if now.told_at is None:
        return None
    if before.told_at is not None and local_day(before.told_at) != local_day(now.told_at):
        return None
    return now.tickets - before.tickets
