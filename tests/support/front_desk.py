"""The case side of one office: a store with its slices, people of each role, and cases at any stage."""

from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import msgspec

from edge_node.appointments import schema as appointments_schema
from edge_node.back_office import commands as back_office
from edge_node.back_office.model import Decision, Handing, StepKey, Verdict
from edge_node.case_register import commands as register
from edge_node.case_register import schema as case_register
from edge_node.case_register.model import CaseFile
from edge_node.catalogue import commands as catalogue
from edge_node.catalogue import schema as catalogue_schema
from edge_node.intake import commands as intake
from edge_node.intake import schema as intake_schema
from edge_node.intake.model import CaseApplication, RegisteredCase
from edge_node.payments import schema as payments_schema
from edge_node.printing import schema as printing_schema
from edge_node.staff import commands as staff
from edge_node.staff import schema as staff_schema
from sync.documents.document import DocumentView
from sync.replication import leases
from sync.replication.messages import NumberLease
from sync.storage import Store, Transaction, indices, replica
from sync.vocabulary.applicant import DocumentKind
from sync.vocabulary.office import OFFICES
from sync.vocabulary.staff import Role, StaffMember
from sync.web.access import SignedIn
from tests.support.builders import KYV, MIGRATION, SOCIAL, a_member, a_service, an_application
from tests.support.clock import HandClock, SeededIds

P = ParamSpec("P")
T = TypeVar("T")
SALT = "ab" * 16
MIGRATIONS = (
    replica.migrations,
    indices.migrations,
    catalogue_schema.migrations,
    staff_schema.migrations,
    case_register.migrations,
    printing_schema.migrations,
    payments_schema.migrations,
    intake_schema.migrations,
    appointments_schema.migrations,
)
STAFF = (
    a_member("oksana", Role.ADMINISTRATOR),
    a_member("mykola", Role.ADMINISTRATOR, office_id=KYV),
    a_member("iryna", Role.REGISTRAR, provider_id=MIGRATION),
    a_member("petro", Role.REGISTRAR, provider_id=SOCIAL),
    a_member("ivan", Role.PROVIDER_HEAD, provider_id=MIGRATION),
    a_member("halyna", Role.OFFICE_HEAD),
    a_member("taras", Role.TECHNICIAN),
    a_member("olena", Role.PRIVACY_OFFICER),
)


class FrontDesk:
    """Office SHV, with reference data from the hub and a leased range of ten thousand numbers, or as it was left."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.ids = SeededIds(self.clock)
        is_fresh = not (folder / "node.db").exists()
        self.store = Store(folder / "node.db", MIGRATIONS)
        if is_fresh:
            self.store.run_now(self._furnish)

    def _furnish(self, tx: Transaction) -> None:
        """Everything in one commit: the disk is the slow part of a test."""
        replica.begin_stream(tx, node_id="node-shv", incarnation="1")
        leases.accept(tx, NumberLease(year=self.clock.now().year, first=1, last=10_000))
        childbirth = "Державна допомога при народженні дитини"
        allowance = a_service("09-01", name=childbirth, term="C10", fee="0", name_en="Childbirth allowance")
        for service in (a_service(), allowance):
            catalogue.project_service(tx, a_record(service))
        for member in STAFF:
            staff.project_member(tx, a_record(member))
        for office in OFFICES:
            catalogue.project_office(tx, a_record(office))

    def close(self) -> None:
        self.store.close()

    def do(self, command: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one command in a transaction of its own."""
        return self.store.run_now(lambda tx: command(tx, *args, **kwargs))

    def publish(self, *services: msgspec.Struct) -> None:
        """The hub publishes services."""
        for service in services:
            self.do(catalogue.project_service, a_record(service))

    def who(self, login: str) -> SignedIn:
        """A member of staff, signed in."""
        member = next(each for each in STAFF if each.login == login)
        return signed_in_as(member)

    def take_in(self, application: CaseApplication | None = None, *, by: str = "oksana") -> RegisteredCase:
        """A case is registered; a minute passes."""
        application = application or an_application()
        case = self.do(
            intake.register_case,
            application,
            by=self.who(by),
            sealed=intake.seal_second_factor(application.applicant, salt=SALT),
            now=self.clock.now(),
            ids=self.ids,
        )
        self.clock.move(minutes=1)
        return case

    def step(self, case_id: str, step: StepKey, *, by: str):
        """One step of a case; a minute passes."""
        case = self.do(
            back_office.take_step, case_id=case_id, step=step, by=self.who(by), now=self.clock.now(), ids=self.ids
        )
        self.clock.move(minutes=1)
        return case

    def decide(self, case_id: str, verdict: Verdict = Verdict.GRANTED, *, by: str = "iryna", reasons: str = ""):
        """The body decides."""
        decision = Decision(verdict=verdict, act_number="17/4", reasons=reasons)
        now = self.clock.now()
        return self.do(back_office.decide, decision, case_id=case_id, by=self.who(by), now=now, ids=self.ids)

    def bring_to_issue(self, case_id: str) -> None:
        """Everything between registration and the result lying ready."""
        self.step(case_id, StepKey.HAND_OVER, by="oksana")
        self.step(case_id, StepKey.ACCEPT, by="iryna")
        self.decide(case_id)
        self.step(case_id, StepKey.RECEIVE_RESULT, by="oksana")

    def issue(self, case_id: str, *, by: str = "oksana", number: str = "АА123456"):
        """The person shows a passport and gets the result."""
        handing = Handing(document_kind=DocumentKind.PASSPORT_BOOK, document_number=number)
        now = self.clock.now()
        return self.do(back_office.issue, handing, case_id=case_id, by=self.who(by), now=now, ids=self.ids)

    def file(self, case_id: str) -> CaseFile:
        """All of the case."""
        return self.store.read_now(lambda reader: register.open_unseen(reader, case_id=case_id))


def a_record(record: msgspec.Struct) -> DocumentView:
    """What the hub's document of a piece of reference data says."""
    return DocumentView(fields={"record": msgspec.json.encode(record).decode()}, events={}, attachments={})


def signed_in_as(member: StaffMember) -> SignedIn:
    """The session of a member."""
    return SignedIn(
        staff_id=member.id,
        name=member.name,
        roles=member.roles,
        office_id=member.office_id,
        provider_id=member.provider_id,
    )
