"""One office's store with a catalogue and cases in it, and simulated devices behind the drivers' real process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import pytest

from device_drivers.client import DevicesClient
from device_drivers.registry import DevicesFile, make_devices, read_settings
from device_drivers.service import DeviceService
from device_drivers.simulators import DEVICES_SOCKET, SimulatedOffice
from edge_node.archive import schema as archive
from edge_node.case_register import commands as register
from edge_node.case_register import queries as cases
from edge_node.case_register import schema as case_register
from edge_node.case_register.model import Actor, Case, CaseFile, Opening
from edge_node.catalogue import queries as catalogue
from edge_node.catalogue import schema as catalogue_schema
from edge_node.copying import schema as copying
from edge_node.devices import schema as devices
from edge_node.payments import schema as payments
from edge_node.printing import schema as printing
from edge_node.queue import schema as queue
from edge_node.replication.commands import project_change
from edge_node.staff import queries as staff
from edge_node.staff import schema as staff_schema
from sync.documents import document as documents
from sync.replication import inbox, leases, outbox
from sync.replication.messages import NumberLease, PullAnswer, PullItem
from sync.storage import Store, Transaction, indices, replica
from sync.vocabulary.case import EventKind
from sync.vocabulary.case.redaction import redacted_entry, redacted_fields
from sync.vocabulary.catalogue import AdministrativeService, ScopeKind, Sphere, TerritorialScope
from sync.vocabulary.identifiers.tracking import SALT_HEX_LENGTH, seal
from sync.vocabulary.ids import CaseId, OfficeId, ProviderId, ServiceCode, StaffId
from sync.vocabulary.money import Fee, FeeKind
from sync.vocabulary.office import OFFICES
from sync.vocabulary.staff import Role, StaffMember
from sync.vocabulary.term import parse_term
from sync.web.access import SignedIn
from tests.support.clock import HandClock, SeededIds

P = ParamSpec("P")
T = TypeVar("T")

SHV = OfficeId("SHV")
OLENA = Actor(staff_id=StaffId("01OLENA"), office_id=SHV)
OLENA_SIGNED_IN = SignedIn(
    staff_id=OLENA.staff_id, name="Олена Петренко", roles=frozenset({Role.ADMINISTRATOR}), office_id=SHV
)
MIGRATIONS = [
    replica.migrations,
    indices.migrations,
    catalogue_schema.migrations,
    staff_schema.migrations,
    case_register.migrations,
    devices.migrations,
    printing.migrations,
    payments.migrations,
    archive.migrations,
    copying.migrations,
    queue.migrations,
]
SERVICE = AdministrativeService(
    code=ServiceCode("06-01"),
    name_uk="Державна реєстрація права власності на квартиру",
    sphere=Sphere.PROPERTY,
    provider_id=ProviderId("property"),
    provider_name="Департамент реєстрації Харківської міської ради",
    term=parse_term("W5"),
    fee=Fee(kind=FeeKind.FIXED, text="45,42 грн"),
    required_documents=(),
    scope=TerritorialScope(kind=ScopeKind.ANYONE, text_uk="усі"),
    retention_years=5,
)
TRACKED_BY_3456 = seal("3456", salt="0" * SALT_HEX_LENGTH).tracking_hash


class CaseOffice:
    """Cases of the Shevchenkivskyi office on a disk; Olena is its administrator."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.ids = SeededIds(self.clock)
        self.service = SERVICE
        self.store = Store(folder / "node.db", MIGRATIONS)
        self.store.run_now(self._furnish)

    def close(self) -> None:
        self.store.close()

    def do(self, command: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one command in a transaction of its own."""
        return self.store.run_now(lambda tx: command(tx, *args, **kwargs))

    def register(self, *, fee_kopecks: int = 4_542, home_office_id: OfficeId = SHV) -> Case:
        """A case registered by Olena."""
        return self.do(self._register, fee_kopecks=fee_kopecks, home_office_id=home_office_id)

    def step(self, case: Case, *kinds: EventKind) -> Case:
        """Take the case through these steps."""
        for kind in kinds:
            case = self.do(
                register.record_event,
                case_id=case.case_id,
                kind=kind,
                facts={},
                by=OLENA,
                now=self.clock.move(minutes=1),
                ids=self.ids,
            )
        return case

    def erase(self, case: Case) -> None:
        """The hub's directive comes: only the tombstone is left."""
        view = self.store.read_now(lambda reader: outbox.view(reader, case.case_id))
        assert view is not None
        update = documents.change(
            None,
            client_id=9,
            fields=redacted_fields(view.fields, act="Акт № 7", on=self.clock.now().date()),
            events={event_id: redacted_entry(entry) for event_id, entry in view.events.items()},
            attachments={},
        )
        item = PullItem(seq=5, what="erase", document_id=case.case_id, kind="case", update=update, generation=1)
        answer = PullAnswer(hub_incarnation="01HUB", cursor=5, items=(item,))
        now = self.clock.now()
        project = partial(project_change, office_id=SHV, now=now, ids=self.ids)
        self.do(inbox.receive, answer=answer, project=project, ids=self.ids, now=now)

    def case(self, case: Case) -> Case:
        """The case as it stands now."""
        found = self.store.read_now(lambda reader: cases.case(reader, case_id=case.case_id))
        assert found is not None
        return found

    def file(self, case: Case) -> CaseFile:
        """The case opened."""
        return self.store.read_now(lambda reader: register.open_unseen(reader, case_id=case.case_id))

    def _furnish(self, tx: Transaction) -> None:
        replica.begin_stream(tx, node_id="01NODE", incarnation="01INCARNATION")
        leases.accept(tx, NumberLease(year=2026, first=1, last=1_000))
        catalogue.save_service(tx, self.service)
        for office in OFFICES:
            catalogue.save_office(tx, office)
        member = StaffMember(
            id=OLENA.staff_id,
            login="olena",
            name="Олена Петренко",
            roles=frozenset({Role.ADMINISTRATOR}),
            office_id=SHV,
        )
        staff.save_member(tx, member)

    def _register(self, tx: Transaction, *, fee_kopecks: int, home_office_id: OfficeId) -> Case:
        number = register.next_number(tx, office_id=SHV, now=self.clock.now())
        whose = {
            "number": number,
            "provider_id": self.service.provider_id,
            "home_office_id": home_office_id,
            "accepting_office_id": SHV,
            "pickup_office_id": SHV,
        }
        fields = {
            **whose,
            "service_code": self.service.code,
            "service_version": self.service.version,
            "fee_kopecks": fee_kopecks,
            "applicant_last_name": "Ґалаґан",
            "applicant_first_name": "Єлизавета",
            "applicant_document_kind": "id_card",
            "applicant_document_number": "000123456",
            "notify_by": "sms",
            "tracking_hash": TRACKED_BY_3456,
        }
        opening = Opening(fields=fields, facts={**whose, "due_on": "2026-12-23"})
        case_id = CaseId(self.ids.new())
        return register.register(tx, opening, case_id=case_id, by=OLENA, now=self.clock.now(), ids=self.ids)


class DeviceRoom:
    """Simulated devices, the drivers' service on a socket, and a client of it."""

    def __init__(self, office: SimulatedOffice, client: DevicesClient) -> None:
        self.office = office
        self.client = client


@asynccontextmanager
async def device_room(folder: Path, *names: str) -> AsyncIterator[DeviceRoom]:
    """These devices plugged in, switched on and looked at once."""
    office = await asyncio.to_thread(SimulatedOffice, folder)
    file = read_settings(office.write_settings())
    wanted = DevicesFile(socket=file.socket, devices={name: file.devices[name] for name in names})
    service = DeviceService(make_devices(wanted), now=lambda: datetime.now(UTC))
    await service.start(folder / DEVICES_SOCKET)
    client = DevicesClient(folder / DEVICES_SOCKET)
    try:
        await asyncio.gather(*(client.call(name, "probe") for name in names))
        yield DeviceRoom(office, client)
    finally:
        await service.close()
        await office.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def case_office(tmp_path: Path) -> Iterator[CaseOffice]:
    """An office that the test's folder has begun with one service and one administrator."""
    office = CaseOffice(tmp_path)
    yield office
    office.close()
