"""What may be done: project a member, sign in, and write the access log."""

import hashlib
import json
from datetime import datetime

import msgspec

from edge_node.staff import queries
from edge_node.staff.model import AccessEntry, NotOfThisOffice, Person
from sync.documents.document import DocumentView
from sync.storage import Reader, Transaction
from sync.storage.transaction import to_sql
from sync.vocabulary.errors import InvalidInput, NotFound
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Role, StaffMember, with_one_time_password
from sync.vocabulary.working_days import local_day

# a registrar works for a body of the city and may sit in any office; these belong to one
OFFICE_ROLES = frozenset({Role.ADMINISTRATOR, Role.RECEPTIONIST, Role.REMOTE_ADMINISTRATOR, Role.OFFICE_HEAD})


def project_member(tx: Transaction, view: DocumentView) -> StaffMember:
    """Take a member over from their document's field ``record``; raises ``InvalidInput`` when it holds none."""
    try:
        member = msgspec.json.decode(str(view.fields.get("record", "")), type=StaffMember)
    except msgspec.MsgspecError as error:
        raise InvalidInput(field="record", rule="structure") from error
    queries.save_member(tx, member)
    return member


def log_wrong_password(tx: Transaction, *, login: str, now: datetime) -> None:
    """Log a failed sign-in; what was typed is kept only as the member it belongs to."""
    known = queries.member_by_login(tx, login=login)
    log_access(tx, by=None, action="sign-in-failed", subject=known.id if known else "unknown", now=now)


def log_sign_in(tx: Transaction, *, member: StaffMember, office_id: OfficeId, now: datetime) -> None:
    """Let in a member whose password was right; raises ``NotOfThisOffice`` for the front office of another one."""
    if member.roles & OFFICE_ROLES and member.office_id != office_id:
        raise NotOfThisOffice(office_id=member.office_id)
    queries.let_pin_open(tx, staff_id=member.id, day=local_day(now))
    _append(tx, staff_id=member.id, office_id=office_id, action="sign-in", subject=member.id, now=now)


def log_pin_sign_in(tx: Transaction, *, member: StaffMember, office_id: OfficeId, now: datetime) -> None:
    """Let in a member whose PIN was right; raises ``NotOfThisOffice`` as ``log_sign_in``."""
    if member.roles & OFFICE_ROLES and member.office_id != office_id:
        raise NotOfThisOffice(office_id=member.office_id)
    _append(tx, staff_id=member.id, office_id=office_id, action="sign-in-by-pin", subject=member.id, now=now)


def keep_pin(tx: Transaction, *, by: Person, pin_hash: str, now: datetime) -> None:
    """Keep the PIN of who is signed in; it opens a desk for the rest of the day, and on days of a full sign-in."""
    queries.save_pin(tx, staff_id=by.staff_id, pin_hash=pin_hash, day=local_day(now))
    log_access(tx, by=by, action="pin-set", subject=by.staff_id, now=now)


def reset_password(tx: Transaction, *, login: str, password_hash: str, now: datetime) -> StaffMember:
    """Give a one-time password from the node's console, good at this node alone; raises ``NotFound``."""
    member = queries.member_by_login(tx, login=login)
    if member is None:
        raise NotFound(what="staff-member")
    given = with_one_time_password(member, password_hash=password_hash, now=now)
    queries.save_own_password(
        tx, staff_id=member.id, password_hash=given.password_hash, expires_at=given.password_expires_at
    )
    log_access(tx, by=None, action="password-reset", subject=member.id, now=now)
    return member


def choose_password(tx: Transaction, *, staff_id: StaffId, password_hash: str, now: datetime) -> None:
    """Whoever proved to know the old password has their own at this node, until the hub gives another."""
    queries.save_own_password(tx, staff_id=staff_id, password_hash=password_hash, expires_at=None)
    log_access(tx, by=None, action="password-changed", subject=staff_id, now=now)


def log_access(tx: Transaction, *, by: Person | None, action: str, subject: str, now: datetime) -> None:
    """Write a line of the access log, in the transaction of what it tells of; ``subject`` is an id, never a name."""
    staff_id, office_id = (None, None) if by is None else (by.staff_id, by.office_id)
    _append(tx, staff_id=staff_id, office_id=office_id, action=action, subject=subject, now=now)


def first_broken_line(reader: Reader) -> int | None:
    """The ``seq`` of the first line that was changed, or that follows a removed one; ``None`` when the log is whole."""
    previous, after = "", 0
    while page := queries.access_log_page(reader, after=after):
        for entry in page:
            if entry.previous_hash != previous or entry.hash != _hash_of(entry):
                return entry.seq
            previous, after = entry.hash, entry.seq
    return None


def _append(
    tx: Transaction,
    *,
    staff_id: StaffId | None,
    office_id: OfficeId | None,
    action: str,
    subject: str,
    now: datetime,
) -> None:
    previous = queries.last_access_hash(tx)
    entry = AccessEntry(
        seq=0,
        at=now,
        staff_id=staff_id,
        office_id=office_id,
        action=action,
        subject=subject,
        previous_hash=previous,
        hash="",
    )
    queries.add_access(
        tx,
        at=now,
        staff_id=staff_id,
        office_id=office_id,
        action=action,
        subject=subject,
        previous_hash=previous,
        hash=_hash_of(entry),
    )


def _hash_of(entry: AccessEntry) -> str:
    line = [to_sql(entry.at), entry.staff_id, entry.office_id, entry.action, entry.subject, entry.previous_hash]
    return hashlib.sha256(json.dumps(line, ensure_ascii=False).encode()).hexdigest()
