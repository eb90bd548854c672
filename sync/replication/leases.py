"""Official counters leased to this node and incarnation: drawn once, in the transaction of the case that bears them.

A range that an earlier incarnation held is never drawn from again, but told until the hub cannot lose it any more: a
restored hub learns by its seal that the cases which bear its numbers bear them rightly.
"""

from datetime import datetime

import msgspec

from sync.replication.messages import NumberLease
from sync.storage.transaction import Reader, Transaction
from sync.vocabulary.errors import Refusal


class NumbersExhausted(Refusal):
    """The leased range is used up and the hub has not been reached since."""


TOLD_MAX = 64  # as many as the hub hears of; it leases twenty-four a day at most


class _Counter(msgspec.Struct, frozen=True, kw_only=True):
    first: int
    next: int


class _Left(msgspec.Struct, frozen=True, kw_only=True):
    year: int
    count: int


def accept(tx: Transaction, lease: NumberLease, *, leased_at: datetime | None = None) -> None:
    """Keep a range the hub leased, by its own clock at ``leased_at`` at the latest, if that is known.

    Hearing of it twice changes nothing, but that it may bring the seal.
    """
    tx.execute(
        "insert into replica_leases (year, first, last, next, seal, incarnation, leased_at) "
        "values (:year, :first, :last, :first, :seal, :incarnation, :leased_at) "
        "on conflict (year, first) do update set seal = excluded.seal where seal = x'' and last = excluded.last",
        leased_at=leased_at,
        **msgspec.structs.asdict(lease),
    )


def give_up(tx: Transaction) -> None:
    """Count every number held as drawn: a life of this machine that neither it nor the hub remembers may have."""
    tx.execute("update replica_leases set next = last + 1 where next <= last and incarnation = ''")


def held(reader: Reader) -> tuple[NumberLease, ...]:
    """With the hub's seals: the ranges to draw from, and those drawn from that the hub may yet lose with its disk."""
    sql = (
        "select year, first, last, seal, incarnation from replica_leases where (incarnation = '' and next <= last) "
        "or coalesce(leased_at > (select durable_at from replica_link), 1) "
        "order by incarnation = '' desc, next <= last desc, year desc, first desc limit :limit"
    )
    found = reader.rows(sql, NumberLease, limit=TOLD_MAX)
    return tuple(sorted(found, key=lambda lease: (lease.year, lease.first)))


def draw_number(tx: Transaction, *, year: int) -> int:
    """The next official counter of ``year``; never given again, whatever becomes of the case.

    Raises:
        NumbersExhausted: every leased range of this year is used up.
    """
    sql = (
        "select first, next from replica_leases where year = :year and next <= last and incarnation = '' "
        "order by first limit 1"
    )
    counter = tx.row(sql, _Counter, year=year)
    if counter is None:
        raise NumbersExhausted(year=year)
    tx.execute(
        "update replica_leases set next = next + 1 where year = :year and first = :first",
        year=year,
        first=counter.first,
    )
    return counter.next


def numbers_left(reader: Reader) -> dict[int, int]:
    """Counters not drawn yet, by year."""
    rows = reader.rows(
        "select year, sum(last - next + 1) as count from replica_leases where incarnation = '' "
        "group by year having count > 0",
        _Left,
    )
    return {row.year: row.count for row in rows}
