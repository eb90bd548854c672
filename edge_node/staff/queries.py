"""What may be asked of the staff; every SQL string of the slice."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from edge_node.staff.model import AccessEntry
from sync.storage import Reader, Transaction
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import StaffMember

ACCESS_ENTRIES_MAX = 500


class _Record(msgspec.Struct, frozen=True):
    record: StaffMember


class _OwnPassword(msgspec.Struct, frozen=True):
    password_hash: str
    expires_at: datetime | None


class _Name(msgspec.Struct, frozen=True):
    staff_id: str
    name: str


def member(reader: Reader, *, staff_id: str) -> StaffMember | None:
    """The member of that id, or ``None``."""
    found = reader.row("select record from staff_members where staff_id = :staff_id", _Record, staff_id=staff_id)
    return None if found is None else found.record


def member_by_login(reader: Reader, *, login: str) -> StaffMember | None:
    """The active member who signs in so, or ``None``; letter case does not count. The password is this node's."""
    found = reader.row(
        "select record from staff_members where login = :login and is_active = 1 order by staff_id",
        _Record,
        login=login.strip().lower(),
    )
    return None if found is None else _with_own_password(reader, found.record)


def _with_own_password(reader: Reader, member: StaffMember) -> StaffMember:
    own = reader.row(
        "select password_hash, expires_at from staff_own_passwords where staff_id = :staff_id and replaces = :replaces",
        _OwnPassword,
        staff_id=member.id,
        replaces=member.password_hash,
    )
    if own is None:
        return member
    return msgspec.structs.replace(member, password_hash=own.password_hash, password_expires_at=own.expires_at)


def save_own_password(tx: Transaction, *, staff_id: str, password_hash: str, expires_at: datetime | None) -> None:
    """In place of the hub's, which it stands for until the hub gives another; the PIN opens no desk any more."""
    sql = """
        insert into staff_own_passwords (staff_id, password_hash, replaces, expires_at)
        select staff_id, :password_hash, password_hash, :expires_at from staff_members where staff_id = :staff_id
        on conflict (staff_id) do update set password_hash = excluded.password_hash, replaces = excluded.replaces,
        expires_at = excluded.expires_at
        """
    tx.execute(sql, staff_id=staff_id, password_hash=password_hash, expires_at=expires_at)
    tx.execute("delete from staff_pins where staff_id = :staff_id", staff_id=staff_id)


def members(reader: Reader, *, office_id: OfficeId) -> list[StaffMember]:
    """The active members of an office, by name."""
    rows = reader.rows(
        "select record from staff_members where office_id = :office_id and is_active = 1 order by name, staff_id",
        _Record,
        office_id=office_id,
    )
    return [row.record for row in rows]


def names(reader: Reader, *, staff_ids: Iterable[str]) -> dict[str, str]:
    """Names by id, for those this node knows."""
    rows = reader.rows(
        "select staff_id, name from staff_members where staff_id in (select value from json_each(:staff_ids))",
        _Name,
        staff_ids=sorted(set(staff_ids)),
    )
    return {row.staff_id: row.name for row in rows}


def pin_hash(reader: Reader, *, staff_id: str, day: date) -> str | None:
    """The hash of the PIN that opens a desk on ``day``: only where its owner signed in with the password that day."""
    sql = "select pin_hash from staff_pins where staff_id = :staff_id and password_on = :day"
    found = reader.scalar(sql, staff_id=staff_id, day=day)
    return found if isinstance(found, str) else None


def save_pin(tx: Transaction, *, staff_id: str, pin_hash: str, day: date) -> None:
    sql = """
        insert into staff_pins (staff_id, pin_hash, password_on) values (:staff_id, :pin_hash, :day)
        on conflict (staff_id) do update set pin_hash = excluded.pin_hash, password_on = excluded.password_on
        """
    tx.execute(sql, staff_id=staff_id, pin_hash=pin_hash, day=day)


def let_pin_open(tx: Transaction, *, staff_id: str, day: date) -> None:
    """The password was right on ``day``: the PIN, if there is one, opens a desk for the rest of it."""
    tx.execute("update staff_pins set password_on = :day where staff_id = :staff_id", staff_id=staff_id, day=day)


def save_member(tx: Transaction, member: StaffMember) -> None:
    tx.execute(
        "insert into staff_members (staff_id, login, name, office_id, is_active, password_hash, record) "
        "values (:staff_id, :login, :name, :office_id, :is_active, :password_hash, :record) "
        "on conflict (staff_id) do update set login = excluded.login, name = excluded.name, "
        "office_id = excluded.office_id, is_active = excluded.is_active, "
        "password_hash = excluded.password_hash, record = excluded.record",
        staff_id=member.id,
        login=member.login.strip().lower(),
        name=member.name,
        office_id=member.office_id,
        is_active=member.is_active,
        password_hash=member.password_hash,
        record=member,
    )


def access_log(reader: Reader, *, subject: str | None = None, limit: int = ACCESS_ENTRIES_MAX) -> list[AccessEntry]:
    """The latest lines, newest first; of one subject, if given."""
    of_subject = "" if subject is None else "where subject = :subject"
    asked = {} if subject is None else {"subject": subject}
    return reader.rows(
        f"select * from access_log {of_subject} order by seq desc limit :limit",  # noqa: S608 - a constant of ours
        AccessEntry,
        limit=min(limit, ACCESS_ENTRIES_MAX),
        **asked,
    )


def last_access_hash(reader: Reader) -> str:
    """The hash of the newest line; empty before the first."""
    return str(reader.scalar("select hash from access_log order by seq desc limit 1") or "")


def access_log_page(reader: Reader, *, after: int, limit: int = ACCESS_ENTRIES_MAX) -> list[AccessEntry]:
    """Lines in their order, after a ``seq``."""
    return reader.rows(
        "select * from access_log where seq > :after order by seq limit :limit", AccessEntry, after=after, limit=limit
    )


def add_access(
    tx: Transaction, *, at: datetime, staff_id: StaffId | None, office_id: OfficeId | None, **line: str
) -> None:
    tx.execute(
        "insert into access_log (at, staff_id, office_id, action, subject, previous_hash, hash) "
        "values (:at, :staff_id, :office_id, :action, :subject, :previous_hash, :hash)",
        at=at,
        staff_id=staff_id,
        office_id=office_id,
        **line,
    )
