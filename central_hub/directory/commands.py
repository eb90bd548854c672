"""What may be done to the directory; every change reaches the nodes as a document of the hub's own."""

import hashlib
from datetime import datetime, timedelta

import msgspec

from central_hub.directory import queries
from central_hub.directory.model import LogEntry, LoginTaken, OfficeUnknown, Standing
from central_hub.storage import replica
from central_hub.storage.replica import CITY, OwnChange, office_scope
from central_hub.storage.transaction import Reader, Transaction
from sync.ambient import Ids
from sync.vocabulary.catalogue import AdministrativeService
from sync.vocabulary.errors import NotFound
from sync.vocabulary.office import Office
from sync.vocabulary.staff import StaffMember, with_one_time_password

LOG_PAGE = 1_000
STANDING_KEPT_DAYS = 90  # an office may be alone that long and not have heard of a change, nor told what came before


def put_office(tx: Transaction, office: Office, *, ids: Ids, now: datetime) -> None:
    """Add or change an office; every node hears of it."""
    _publish(tx, f"office.{office.id}", "office", office, scope=CITY, ids=ids, now=now)
    queries.save_office(tx, office)


def put_service(tx: Transaction, service: AdministrativeService, *, ids: Ids, now: datetime) -> None:
    """Add or change a service of the catalogue; every node hears of it."""
    _publish(tx, f"service.{service.code}", "administrative_service", service, scope=CITY, ids=ids, now=now)
    queries.save_service(tx, service)


def put_staff(tx: Transaction, member: StaffMember, *, ids: Ids, now: datetime) -> None:
    """Add or change a member of staff; the node of their office hears of it, no other.

    Raises:
        OfficeUnknown: there is no such office.
        LoginTaken: somebody else signs in under this name.
    """
    if queries.office(tx, office_id=member.office_id) is None:
        raise OfficeUnknown(office_id=member.office_id)
    other = queries.staff_by_login(tx, login=member.login)
    if other is not None and other.id != member.id:
        raise LoginTaken(login=member.login)
    scope = office_scope(member.office_id)
    _publish(tx, f"staff.{member.id}", "staff_member", member, scope=scope, ids=ids, now=now)
    queries.save_staff(tx, member, earlier=_earlier(tx, member, now=now))


def reset_password(tx: Transaction, *, login: str, password_hash: str, ids: Ids, now: datetime) -> StaffMember:
    """Give a one-time password from the hub's console; their office hears of it.

    Raises:
        NotFound: nobody signs in so.
    """
    member = queries.staff_by_login(tx, login=login)
    if member is None:
        raise NotFound(what="staff-member")
    put_staff(tx, with_one_time_password(member, password_hash=password_hash, now=now), ids=ids, now=now)
    log_access(tx, actor_id="city", office_id=None, action="reset_password", subject=member.id, now=now)
    return member


def choose_password(tx: Transaction, *, member: StaffMember, password_hash: str, ids: Ids, now: datetime) -> None:
    """Whoever proved to know the old password has their own; their office hears of it."""
    own = msgspec.structs.replace(member, password_hash=password_hash, password_expires_at=None)
    put_staff(tx, own, ids=ids, now=now)
    log_access(tx, actor_id=member.id, office_id=member.office_id, action="change_password", subject=member.id, now=now)


def standings_of(reader: Reader, *, office_id: str, now: datetime) -> dict[str, tuple[Standing, ...]]:
    """Where and as what the people of this office work, and worked of late, by their ids."""
    found = queries.employed_at(reader, office_id=office_id)
    return {each.staff_id: _standings(each, now=now) for each in found}


def standings(reader: Reader, *, staff_id: str, now: datetime) -> tuple[Standing, ...] | None:
    """The same of one person, of whatever office; ``None`` for who was never made here."""
    found = queries.employment(reader, staff_id=staff_id)
    return None if found is None else _standings(found, now=now)


def log_access(
    tx: Transaction, *, actor_id: str, office_id: str | None, action: str, subject: str, now: datetime
) -> None:
    """Write down who did what to which case; each entry's hash covers the one before."""
    replica.lock(tx)
    last = queries.last_hash(tx)
    entry = LogEntry(
        entry_number=last.entry_number + 1 if last else 1,
        at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        actor_id=actor_id,
        office_id=office_id,
        action=action,
        subject=subject,
    )
    queries.append_log(tx, entry, entry_hash=_hash(last.hash if last else b"", entry))


def first_broken_entry(reader: Reader) -> int | None:
    """The number of the first entry of the access log that was changed or follows one taken out; ``None`` if whole."""
    before, number = b"", 0
    while page := queries.log_after(reader, entry_number=number, limit=LOG_PAGE):
        for entry, kept in page:
            if entry.entry_number != number + 1 or kept != _hash(before, entry):
                return entry.entry_number
            before, number = kept, entry.entry_number
    return None


def _standings(found: queries.Employment, *, now: datetime) -> tuple[Standing, ...]:
    since = now - timedelta(days=STANDING_KEPT_DAYS)
    recent = tuple(each for each in found.earlier if each.until is not None and each.until >= since)
    return (found.standing, *recent) if found.standing is not None else recent


def _earlier(tx: Transaction, member: StaffMember, *, now: datetime) -> tuple[Standing, ...]:
    """What the hub remembers of how they stood until this change."""
    known = queries.employment(tx, staff_id=member.id)
    if known is None:
        return ()
    standings = _standings(known, now=now)
    if known.standing is None or (member.is_active and known.standing == queries.standing_of(member)):
        return tuple(each for each in standings if each.until is not None)
    return tuple(each if each.until is not None else msgspec.structs.replace(each, until=now) for each in standings)


def _hash(before: bytes, entry: LogEntry) -> bytes:
    return hashlib.sha256(before + msgspec.json.encode(entry)).digest()


def _publish(
    tx: Transaction, document_id: str, kind: str, record: msgspec.Struct, *, scope: str, ids: Ids, now: datetime
) -> None:
    text = msgspec.json.encode(record, order="sorted").decode()
    own = OwnChange(document_id=document_id, kind=kind, fields={"record": text}, scope=scope)
    replica.record_own(tx, own, operation_id=ids.new(), now=now)
