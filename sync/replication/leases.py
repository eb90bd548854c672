"""Official counters leased to this node and incarnation: drawn once, in the transaction of the case that bears them."""

import msgspec

from sync.replication.messages import NumberLease
from sync.storage.transaction import Reader, Transaction
from sync.vocabulary.errors import Refusal


class NumbersExhausted(Refusal):
    """The leased range is used up and the hub has not been reached since."""


class _Counter(msgspec.Struct, frozen=True, kw_only=True):
    first: int
    next: int


class _Left(msgspec.Struct, frozen=True, kw_only=True):
    year: int
    count: int


def accept(tx: Transaction, lease: NumberLease) -> None:
    """Keep a range the hub leased; hearing of it twice changes nothing, but that it may bring the seal."""
    tx.execute(
        "insert into replica_leases (year, first, last, next, seal) values (:year, :first, :last, :first, :seal) "
        "on conflict (year, first) do update set seal = excluded.seal where seal = x'' and last = excluded.last",
        year=lease.year,
        first=lease.first,
        last=lease.last,
        seal=lease.seal,
    )


def held(reader: Reader) -> tuple[NumberLease, ...]:
    """Every range in which something is left to draw, with the hub's seal on it."""
    sql = "select year, first, last, seal from replica_leases where next <= last order by year, first"
    return tuple(reader.rows(sql, NumberLease))


def draw_number(tx: Transaction, *, year: int) -> int:
    """The next official counter of ``year``; never given again, whatever becomes of the case.

    Raises:
        NumbersExhausted: every leased range of this year is used up.
    """
    sql = "select first, next from replica_leases where year = :year and next <= last order by first limit 1"
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
        "select year, sum(last - next + 1) as count from replica_leases group by year having count > 0", _Left
    )
    return {row.year: row.count for row in rows}
