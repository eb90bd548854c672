"""The work that replication is measured by: case records of about 2,048 bytes of JSON, and edits of some of them."""

import json
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from random import Random

from edge_node.case_register import commands as register
from edge_node.case_register.model import Actor
from edge_node.intake import commands as intake
from edge_node.intake.model import CaseApplication, SubmittedPaper
from edge_node.replay.applicants import synthetic_applicant
from edge_node.staff import queries as staff
from sync.ambient import SystemIds
from sync.documents.document import view
from sync.storage import Reader, Store, Transaction
from sync.vocabulary.identifiers.tracking import SALT_HEX_LENGTH, Sealed, second_factor
from sync.vocabulary.ids import CaseId, OfficeId, ServiceCode
from sync.web.access import SignedIn
from tests.benchmarks.measure import utc_now
from tests.support.front_desk import signed_in_as

RECORD_BYTES = 2_048
GROUP = 250  # registered in one commit: the filling is not what is measured
OFFICE = "SHV"
SERVICE = ServiceCode("01-04")
SAYING = """
заява довідка витяг копія паспорта свідоцтво про народження шлюб смерть реєстрацію місця проживання згода
власника житла договір оренди рішення суду довіреність квитанція сплату адміністративного збору фотокартка
військовий квиток посвідчення пенсійне документ що підтверджує право на пільги оригінал нотаріально засвідчена
"""
WORDS = SAYING.split()


def clerk_of(reader: Reader, *, office_id: str) -> SignedIn:
    """An administrator of the office, whom the hub knows too; raises LookupError before the staff have come."""
    member = staff.member_by_login(reader, login=f"{office_id}-administrator")
    if member is None:
        raise LookupError(office_id)
    return signed_in_as(member)


def actor_of(reader: Reader, *, office_id: str) -> Actor:
    """The same as who signs an event."""
    return Actor(staff_id=clerk_of(reader, office_id=office_id).staff_id, office_id=OfficeId(office_id))


def _papers(person: int) -> tuple[SubmittedPaper, ...]:
    """The papers somebody brought, in so many words that the record has its size."""
    random = Random(person)
    names = (" ".join(random.choices(WORDS, k=6)).capitalize() for _ in range(5))
    return tuple(SubmittedPaper(name=name, sheets=random.randint(1, 9)) for name in names)


def an_application(person: int) -> CaseApplication:
    """Another person's each time, for what repeats would be pressed to nothing; handed over at another office."""
    return CaseApplication(
        applicant=synthetic_applicant(person, seed="bench"),
        service_code=SERVICE,
        papers=_papers(person),
        applicant_insists=True,
        pickup_office_id=OfficeId("KYV"),
    )


def sealed(application: CaseApplication, person: int) -> Sealed:
    """As ``seal_second_factor``, but for the 10 ms of hashing."""
    applicant = application.applicant
    factor = second_factor(phone=applicant.phone, document_number=applicant.document_number)
    salt = f"{person:064x}"[-SALT_HEX_LENGTH:]
    return Sealed(salt=salt, factor=factor, tracking_hash=f"{salt}${sha256(salt.encode()).hexdigest()}")


def register_cases(store: Store, *, first: int, count: int) -> list[CaseId]:
    """Register so many people's cases at the desk, each with its line in the access log; nothing is printed."""
    registered: list[CaseId] = []
    people = range(first, first + count)
    for begun in range(0, count, GROUP):
        registered += store.run_now(partial(_register, people=people[begun : begun + GROUP]))
    return registered


def _register(tx: Transaction, *, people: range) -> list[CaseId]:
    by, ids, found = clerk_of(tx, office_id=OFFICE), SystemIds(), []
    for person in people:
        application = an_application(person)
        case = intake.register_case(tx, application, by=by, sealed=sealed(application, person), now=utc_now(), ids=ids)
        found.append(case.case_id)
    tx.execute("delete from print_jobs")
    return found


def edit_cases(store: Store, case_ids: list[CaseId]) -> None:
    """Write down another telephone number in each."""
    for begun in range(0, len(case_ids), GROUP):
        store.run_now(partial(_edit, case_ids=case_ids[begun : begun + GROUP]))


def _edit(tx: Transaction, *, case_ids: list[CaseId]) -> None:
    by = actor_of(tx, office_id=OFFICE)
    ids, random = SystemIds(), Random(case_ids[0])
    for case_id in case_ids:
        value = f"+38067{random.randrange(10**7):07}"
        register.edit_field(tx, case_id=case_id, field="applicant_phone", value=value, by=by, now=utc_now(), ids=ids)


def records(rows: Iterator[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """What documents say, as JSON without a history: id and record."""
    found = []
    for document_id, snapshot in rows:
        said = view(bytes(snapshot))
        record = {**said.fields, "path": list(said.events.values())}
        found.append((document_id, json.dumps(record, ensure_ascii=False).encode()))
    return found
