"""What may be asked of the catalogue; every SQL string of the slice."""

from collections.abc import Iterable

import msgspec

from edge_node.catalogue.model import UnknownOffice, UnknownService
from edge_node.catalogue.model.finding import Findable, rank
from sync.storage import Reader, Transaction
from sync.vocabulary.catalogue import PROVIDERS, AdministrativeService, Sphere
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import ServiceCode
from sync.vocabulary.office import Office

FOUND_MAX = 30
SEARCH_WORDS_MAX = 6


class _ServiceRecord(msgspec.Struct, frozen=True):
    record: AdministrativeService


class _OfficeRecord(msgspec.Struct, frozen=True):
    record: Office


class _Count(msgspec.Struct, frozen=True):
    sphere: Sphere
    count: int


def service(reader: Reader, *, code: str, version: int | None = None) -> AdministrativeService:
    """The service in the version asked for, else in force; raises ``UnknownService``."""
    found = reader.row(
        "select record from services where service_code = :code and (:version is null or version = :version) "
        "order by version desc limit 1",
        _ServiceRecord,
        code=code,
        version=version,
    )
    if found is None:
        raise UnknownService(service_code=code)
    return found.record


def service_chosen(reader: Reader, *, code: str) -> AdministrativeService:
    """The service in force that an application names; raises ``InvalidInput`` for none."""
    try:
        return service(reader, code=code)
    except UnknownService as error:
        raise InvalidInput(field="service_code", rule="choice") from error


def versions(reader: Reader, *, code: str, version: int) -> list[AdministrativeService]:
    """That version of the service, where this node knows it; else nothing."""
    return _records(
        reader,
        "select record from services where service_code = :code and version = :version",
        code=code,
        version=version,
    )


def services(reader: Reader, *, sphere: Sphere | None = None) -> list[AdministrativeService]:
    """The services in force, by code; of one sphere, if given."""
    return _records(
        reader,
        "select s.record from services s join (select service_code, max(version) as version from services "
        "group by service_code) f using (service_code, version) "
        "where :sphere is null or s.sphere = :sphere order by s.service_code",
        sphere=sphere,
    )


def count_by_sphere(reader: Reader) -> dict[Sphere, int]:
    """How many services in force each sphere has."""
    rows = reader.rows("select sphere, count(distinct service_code) as count from services group by sphere", _Count)
    return {row.sphere: row.count for row in rows}


def search(reader: Reader, *, text: str) -> list[AdministrativeService]:
    """Services in force whose name or code contains the beginning of every word of ``text``; few and by code."""
    words = search_text(text).split()[:SEARCH_WORDS_MAX]
    if not words:
        return []
    return _records(
        reader,
        "select s.record from services s join (select service_code, max(version) as version from services "
        "group by service_code) f using (service_code, version) "
        "where not exists (select 1 from json_each(:words) w where instr(s.search_key, ' ' || w.value) = 0) "
        "order by s.service_code limit :limit",
        words=words,
        limit=FOUND_MAX,
    )


def near(reader: Reader, *, text: str, limit: int = FOUND_MAX) -> list[AdministrativeService]:
    """Services in force that ``text`` may mean, best first: in everyday words, with slips, in either language."""
    known = services(reader)
    findables = (Findable(code=each.code, words=tuple(_words_of(each))) for each in known)
    by_code = {each.code: each for each in known}
    return [by_code[ServiceCode(code)] for code in rank(search_text(text).split(), findables, limit=limit)]


def _words_of(service: AdministrativeService) -> list[str]:
    return search_text(" ".join((service.code, service.name_uk, service.name_en or ""))).split()


def names(reader: Reader, *, codes: Iterable[str], language: str) -> dict[str, str]:
    """Names in force by code, for the codes this node knows."""
    found = _records(
        reader,
        "select record from services where service_code in (select value from json_each(:codes)) order by version",
        codes=sorted(set(codes)),
    )
    return {service.code: service.name(language) for service in found}


def provider_name(service: AdministrativeService, *, language: str) -> str:
    """The body that provides the service; in Ukrainian, as published, where it has no other name."""
    known = PROVIDERS.get(service.provider_id)
    return known.name_en if known is not None and language == "en" else service.provider_name


def office(reader: Reader, *, office_id: str) -> Office:
    """The office; raises ``UnknownOffice``."""
    found = reader.row("select record from offices where office_id = :office_id", _OfficeRecord, office_id=office_id)
    if found is None:
        raise UnknownOffice(office_id=office_id)
    return found.record


def offices(reader: Reader) -> list[Office]:
    """Every office, by code."""
    return [row.record for row in reader.rows("select record from offices order by office_id", _OfficeRecord)]


def has_office(reader: Reader, *, office_id: str) -> bool:
    return reader.scalar("select 1 from offices where office_id = :office_id", office_id=office_id) is not None


def save_service(tx: Transaction, service: AdministrativeService) -> None:
    """Keep this version beside the others; the same version twice is kept once, as last published."""
    tx.execute(
        "insert into services (service_code, version, sphere, search_key, record) "
        "values (:code, :version, :sphere, :search_key, :record) on conflict (service_code, version) do update set "
        "sphere = excluded.sphere, search_key = excluded.search_key, record = excluded.record",
        code=service.code,
        version=service.version,
        sphere=service.sphere,
        search_key=f" {search_text(' '.join((service.code, service.name_uk, service.name_en or '')))}",
        record=service,
    )


def save_office(tx: Transaction, office: Office) -> None:
    tx.execute(
        "insert into offices (office_id, record) values (:office_id, :record) "
        "on conflict (office_id) do update set record = excluded.record",
        office_id=office.id,
        record=office,
    )


def search_text(text: str) -> str:
    """What services are compared by: lower case, apostrophes gone, punctuation but the dash of a code as a space."""
    bare = text.casefold().translate(_APOSTROPHES)
    return " ".join("".join(each if each.isalnum() or each == "-" else " " for each in bare).split())


_APOSTROPHES = str.maketrans("", "", "'’ʼ`")


def _records(reader: Reader, sql: str, **parameters: object) -> list[AdministrativeService]:
    return [row.record for row in reader.rows(sql, _ServiceRecord, **parameters)]
