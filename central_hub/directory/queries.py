"""What may be asked of the directory, and what it writes."""

import msgspec
from sqlalchemy import func, insert, select

from central_hub.directory.model import LogEntry, Standing
from central_hub.storage.replica import upsert
from central_hub.storage.tables import access_log, offices, services, staff
from central_hub.storage.transaction import Reader, Transaction
from sync.vocabulary.catalogue import AdministrativeService, Sphere
from sync.vocabulary.office import Office
from sync.vocabulary.staff import StaffMember

FOUND_MAX = 50
LOG_LISTED_MAX = 500


class _Record(msgspec.Struct, frozen=True):
    record: str


class Employment(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody stands, ``None`` for who left, and how they stood before."""

    staff_id: str
    standing: Standing | None
    earlier: tuple[Standing, ...]


class _StaffRow(msgspec.Struct, frozen=True, kw_only=True):
    staff_id: str
    is_active: bool
    record: str
    earlier: str | None


class Hash(msgspec.Struct, frozen=True, kw_only=True):
    entry_number: int
    hash: bytes


def all_offices(reader: Reader) -> list[Office]:
    """Every office, in the order of the codes."""
    rows = reader.rows(select(offices.c.record).order_by(offices.c.office_id), _Record)
    return [msgspec.json.decode(row.record, type=Office) for row in rows]


def office(reader: Reader, *, office_id: str) -> Office | None:
    row = reader.row(select(offices.c.record).where(offices.c.office_id == office_id), _Record)
    return None if row is None else msgspec.json.decode(row.record, type=Office)


def save_office(tx: Transaction, record: Office) -> None:
    upsert(tx, offices, key={"office_id": record.id}, values={"record": msgspec.json.encode(record).decode()})


def service(reader: Reader, *, service_code: str) -> AdministrativeService | None:
    row = reader.row(select(services.c.record).where(services.c.service_code == service_code), _Record)
    return None if row is None else msgspec.json.decode(row.record, type=AdministrativeService)


def services_of(reader: Reader, *, sphere: Sphere) -> list[AdministrativeService]:
    """The services of a sphere, in the order of their codes."""
    statement = select(services.c.record).where(services.c.sphere == sphere.value)
    rows = reader.rows(statement.order_by(services.c.service_code), _Record)
    return [msgspec.json.decode(row.record, type=AdministrativeService) for row in rows]


def count_services(reader: Reader) -> int:
    return reader.count(select(func.count()).select_from(services))


def service_names(reader: Reader, *, language: str) -> dict[str, str]:
    """The name of every service by its code."""
    rows = reader.rows(select(services.c.record), _Record)
    records = [msgspec.json.decode(row.record, type=AdministrativeService) for row in rows]
    return {record.code: record.name(language) for record in records}


def office_names(reader: Reader, *, language: str) -> dict[str, str]:
    """The name of every office by its code."""
    return {each.id: each.name_en if language == "en" else each.name_uk for each in all_offices(reader)}


def services_found(reader: Reader, *, words: str) -> list[AdministrativeService]:
    """Services whose name holds every one of the words; at most ``FOUND_MAX``."""
    statement = select(services.c.record).order_by(services.c.service_code).limit(FOUND_MAX)
    for word in words.casefold().split():
        statement = statement.where(services.c.searched.contains(word, autoescape=True))
    rows = reader.rows(statement, _Record)
    return [msgspec.json.decode(row.record, type=AdministrativeService) for row in rows]


def save_service(tx: Transaction, record: AdministrativeService) -> None:
    values = {
        "sphere": record.sphere.value,
        "searched": f"{record.name_uk} {record.name_en or ''} {record.code}".casefold(),
        "record": msgspec.json.encode(record).decode(),
    }
    upsert(tx, services, key={"service_code": record.code}, values=values)


def staff_by_login(reader: Reader, *, login: str) -> StaffMember | None:
    row = reader.row(select(staff.c.record).where(staff.c.login == login), _Record)
    return None if row is None else msgspec.json.decode(row.record, type=StaffMember)


def count_staff(reader: Reader) -> int:
    return reader.count(select(func.count()).select_from(staff))


def standing_of(member: StaffMember) -> Standing:
    return Standing(office_id=member.office_id, roles=member.roles)


def employment(reader: Reader, *, staff_id: str) -> Employment | None:
    found = reader.row(select(*_STAFF_COLUMNS).where(staff.c.staff_id == staff_id), _StaffRow)
    return None if found is None else _employment(found)


def employed_at(reader: Reader, *, office_id: str) -> list[Employment]:
    """Everybody of this office, who left it included."""
    rows = reader.rows(select(*_STAFF_COLUMNS).where(staff.c.office_id == office_id), _StaffRow)
    return [_employment(row) for row in rows]


_STAFF_COLUMNS = (staff.c.staff_id, staff.c.is_active, staff.c.record, staff.c.earlier)
_STANDINGS = msgspec.json.Decoder(tuple[Standing, ...])


def _employment(row: _StaffRow) -> Employment:
    standing = msgspec.json.decode(row.record, type=Standing) if row.is_active else None
    earlier = _STANDINGS.decode(row.earlier) if row.earlier else ()
    return Employment(staff_id=row.staff_id, standing=standing, earlier=earlier)


def save_staff(tx: Transaction, record: StaffMember, *, earlier: tuple[Standing, ...]) -> None:
    values = {
        "login": record.login,
        "office_id": record.office_id,
        "is_active": record.is_active,
        "record": msgspec.json.encode(record).decode(),
        "earlier": msgspec.json.encode(earlier).decode() if earlier else None,
    }
    upsert(tx, staff, key={"staff_id": record.id}, values=values)


def last_hash(reader: Reader) -> Hash | None:
    statement = select(access_log.c.entry_number, access_log.c.hash)
    return reader.row(statement.order_by(access_log.c.entry_number.desc()).limit(1), Hash)


def append_log(tx: Transaction, entry: LogEntry, *, entry_hash: bytes) -> None:
    tx.execute(insert(access_log).values(hash=entry_hash, **msgspec.structs.asdict(entry)))


def log_of(reader: Reader, *, subject: str | None) -> list[LogEntry]:
    """The latest entries, newest first, at most ``LOG_LISTED_MAX``; of one case or person, if asked."""
    columns = (access_log.c[name] for name in LogEntry.__struct_fields__)
    statement = select(*columns).order_by(access_log.c.entry_number.desc()).limit(LOG_LISTED_MAX)
    return reader.rows(statement if subject is None else statement.where(access_log.c.subject == subject), LogEntry)


def log_after(reader: Reader, *, entry_number: int, limit: int) -> list[tuple[LogEntry, bytes]]:
    """Entries after ``entry_number`` with their hashes, in order."""

    class Row(LogEntry, frozen=True, kw_only=True):
        hash: bytes

    statement = select(access_log).where(access_log.c.entry_number > entry_number)
    rows = reader.rows(statement.order_by(access_log.c.entry_number).limit(limit), Row)
    return [(_entry(row), row.hash) for row in rows]


def _entry(row: LogEntry) -> LogEntry:
    return LogEntry(**{name: getattr(row, name) for name in LogEntry.__struct_fields__})
