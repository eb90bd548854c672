"""Sums over all cases of each home office, kept as the cases change: a page reads a row of an office, not its cases."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

import msgspec
from sqlalchemy import insert, select, update

from central_hub.storage.tables import case_totals, cases
from central_hub.storage.transaction import Reader, Transaction

Sums = dict[str, int]


class _Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What of a case is summed."""

    case_id: str
    home_office_id: str
    issued_at: object
    archived_at: object
    receipt_count: int
    paid_kopecks: int
    conflict_count: int


_COLUMNS = tuple(cases.c[name] for name in _Counted.__struct_fields__)
_SUMS = tuple(column.name for column in case_totals.c if column.name != "office_id")


def follow(tx: Transaction, rows: Mapping[str, Mapping[str, object]], *, new_ids: AbstractSet[str]) -> None:
    """Let the sums follow ``rows`` of cases, by their ids; before they are written."""
    changes: defaultdict[str, Sums] = defaultdict(lambda: dict.fromkeys(_SUMS, 0))
    standing = _standing(tx, case_ids=rows.keys() - new_ids)
    counted = new_ids | {each.case_id for each in standing}
    _add(changes, standing, sign=-1)
    _add(changes, (_counted(case_id, row) for case_id, row in rows.items() if case_id in counted), sign=1)
    for office_id, sums in sorted(changes.items()):
        if any(sums.values()):
            _write(tx, office_id, sums)


def _standing(reader: Reader, *, case_ids: AbstractSet[str]) -> list[_Counted]:
    if not case_ids:
        return []
    return reader.rows(select(*_COLUMNS).where(cases.c.case_id.in_(sorted(case_ids))), _Counted)


def _counted(case_id: str, row: Mapping[str, object]) -> _Counted:
    wanted = {name: row[name] for name in _Counted.__struct_fields__ if name != "case_id"}
    return msgspec.convert({"case_id": case_id, **wanted}, _Counted)


def _add(changes: defaultdict[str, Sums], counted: Iterable[_Counted], *, sign: int) -> None:
    for each in counted:
        sums = changes[each.home_office_id]
        sums["cases"] += sign
        sums["issued"] += sign * (each.issued_at is not None)
        sums["archived"] += sign * (each.archived_at is not None)
        sums["receipts"] += sign * each.receipt_count
        sums["paid_kopecks"] += sign * each.paid_kopecks
        sums["in_conflict"] += sign * (each.conflict_count > 0)


def _write(tx: Transaction, office_id: str, sums: Sums) -> None:
    added = {name: case_totals.c[name] + value for name, value in sums.items()}
    if tx.execute(update(case_totals).where(case_totals.c.office_id == office_id).values(added)) == 0:
        tx.execute(insert(case_totals).values(office_id=office_id, **sums))
