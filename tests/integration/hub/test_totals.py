"""The sums that a page shows are those of the cases, however they came to stand so."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from random import Random

import pytest
from sqlalchemy import BigInteger, case, cast, func, select

from central_hub.case_register import queries as register
from central_hub.case_register.model import CaseCounts
from central_hub.node_gateway.queries import save_cases
from central_hub.storage import HubStore
from central_hub.storage.tables import cases
from tests.support.clock import OPENING

ROUNDS = 40
SUMS = ("cases", "issued", "archived", "receipts", "paid_kopecks", "in_conflict")


@pytest.fixture
def store(database_url: str) -> Iterator[HubStore]:
    opened = HubStore(database_url)
    yield opened
    opened.close()


def a_row(random: Random, number: str) -> dict[str, object]:
    """A case somewhere on its way, at one of two offices."""
    maybe = [None, OPENING]
    return {
        "number": number,
        "status": "registered",
        "home_office_id": random.choice(("SHV", "KYV")),
        "applicant": "",
        "fee_kopecks": 0,
        "paid_kopecks": random.randrange(-500, 500),
        "receipt_count": random.randrange(3),
        "conflict_count": random.choice((0, 0, 2)),
        "registered_at": OPENING + timedelta(days=random.randrange(2)),
        "issued_at": random.choice(maybe),
        "archived_at": random.choice(maybe),
        "changed_at": OPENING,
    }


def summed(store: HubStore) -> dict[str, tuple[int, ...]]:
    """The same read off the cases one by one."""
    statement = select(
        cases.c.home_office_id.label("office_id"),
        func.count().label("cases"),
        func.count(cases.c.issued_at).label("issued"),
        func.count(cases.c.archived_at).label("archived"),
        cast(func.sum(cases.c.receipt_count), BigInteger).label("receipts"),
        cast(func.sum(cases.c.paid_kopecks), BigInteger).label("paid_kopecks"),
        func.count(case((cases.c.conflict_count > 0, 1))).label("in_conflict"),
        func.count(case((cases.c.registered_at == OPENING, 1))).label("registered_today"),
    ).group_by(cases.c.home_office_id)
    rows = store.read_now(lambda reader: reader.rows(statement, CaseCounts))
    return {row.office_id: (*(getattr(row, name) for name in SUMS), row.registered_today) for row in rows}


@pytest.mark.parametrize("seed", range(3))
def test_sums_follow_cases_that_come_change_and_move(store: HubStore, seed: int) -> None:
    random, held = Random(seed), set[str]()
    for _ in range(ROUNDS):
        some = {f"case-{random.randrange(30)}" for _ in range(random.randrange(1, 6))}
        rows = {each: a_row(random, each) for each in sorted(some)}
        store.run_now(partial(save_cases, rows=rows, new_ids=some - held))
        held |= some

    day = partial(register.counts_by_office, begins_at=OPENING, ends_at=OPENING + timedelta(days=1))
    told = store.read_now(day)
    assert {key: (*(getattr(row, name) for name in SUMS), row.registered_today) for key, row in told.items()} == summed(
        store
    )


def test_a_row_that_is_not_there_is_not_counted(store: HubStore) -> None:
    store.run_now(partial(save_cases, rows={"gone": a_row(Random(1), "gone")}, new_ids=frozenset()))
    day = partial(register.counts_by_office, begins_at=OPENING, ends_at=OPENING)
    assert store.read_now(day) == {}
