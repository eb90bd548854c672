"""A person whose data must not turn up where they do not belong, and their cases at one office and at another."""

from functools import partial

import msgspec

from edge_node.archive import commands as archive
from edge_node.archive.model import Scan, ScanKind
from edge_node.case_register import commands as register
from edge_node.case_register.model import Opening
from edge_node.intake import commands as intake
from edge_node.payments import commands as payments
from sync.storage import Store, Transaction
from sync.vocabulary.applicant import to_fields
from sync.vocabulary.ids import CaseId, ChargeId, ScanId, StaffId
from sync.vocabulary.staff import Role
from sync.web.access import SignedIn
from tests.support.builders import KYV, MIGRATION, a_member, an_applicant, an_application
from tests.support.clock import HandClock, SeededIds
from tests.support.front_desk import SALT, signed_in_as

SURNAME, RNOKPP, PHONE = "Плантовська-Вельможна", "2125011422", "671234567"
TRACES = (SURNAME, "Вельможна", RNOKPP, PHONE, "АА123456")
OKSANA = signed_in_as(a_member("oksana", Role.ADMINISTRATOR))
MYKOLA = SignedIn(staff_id=StaffId("mykola"), name="Микола", roles=frozenset({Role.ADMINISTRATOR}), office_id=KYV)


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """What ``plant`` left: a case of SHV with a scan, a charge and a draft of Oksana's, and the same of KYV."""

    case_id: str
    number: str
    draft_id: str
    foreign_case_id: str
    foreign_scan_id: str
    foreign_charge_id: str


def plant(store: Store, clock: HandClock) -> Planted:
    """One person files at both offices; what KYV has of it reached this node by a checkout."""
    return store.run_now(partial(_plant, clock=clock))


def _plant(tx: Transaction, *, clock: HandClock) -> Planted:
    now, ids = clock.now(), SeededIds(clock, seed=11)
    person = an_applicant(last_name=SURNAME)
    sealed = intake.seal_second_factor(person, salt=SALT)
    application = an_application(applicant=person)
    case = intake.register_case(tx, application, by=OKSANA, sealed=sealed, now=now, ids=ids)
    draft = intake.begin_draft(tx, by=OKSANA, now=now, ids=ids, ticket_id=None, like_case_id=case.case_id)
    foreign = _open_at_kyv(tx, clock=clock, ids=ids)
    scan = Scan(
        scan_id=ScanId(ids.new()),
        case_id=foreign,
        kind=ScanKind.DOCUMENT,
        title="паспорт",
        sha256="ab" * 32,
        size=1,
        media_type="application/pdf",
        pages=1,
        resolution_dpi=300,
        scanned_at=now,
    )
    archive.attach_scan(tx, scan, by=MYKOLA, now=now, ids=ids)
    charge = payments.begin_charge(
        tx, case_id=foreign, amount_kopecks=None, terminal="desk", charge_id=ChargeId(ids.new()), by=MYKOLA, now=now
    )
    return Planted(
        case_id=case.case_id,
        number=case.number,
        draft_id=draft.draft_id,
        foreign_case_id=foreign,
        foreign_scan_id=scan.scan_id,
        foreign_charge_id=charge.id,
    )


def _open_at_kyv(tx: Transaction, *, clock: HandClock, ids: SeededIds) -> CaseId:
    whose = {"number": "KYV-2026-0000001-0", "provider_id": MIGRATION}
    offices = dict.fromkeys(("home_office_id", "accepting_office_id", "pickup_office_id"), KYV)
    fields = {
        **whose,
        **offices,
        "service_code": "03-02",
        "service_version": 1,
        "fee_kopecks": 4542,
        **to_fields(an_applicant(last_name=SURNAME)),
        "notify_by": "sms",
    }
    opening = Opening(fields=fields, facts={**whose, **offices, "due_on": "2026-12-23"})
    case_id = CaseId(ids.new())
    register.register(tx, opening, case_id=case_id, by=MYKOLA, now=clock.now(), ids=ids)
    return case_id
