"""The apps of an office and of the city's hub as production assembles them, in this process, over real folders."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache, partial
from pathlib import Path

import httpx
import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.response import ServerSentEvent
from litestar.testing import TestClient

from central_hub.app import Surroundings
from central_hub.app import create_app as create_hub
from central_hub.directory import commands as directory
from central_hub.provisioning import commands as provisioning
from central_hub.settings import HubSettings
from central_hub.settings import ListenSettings as HubListen
from central_hub.storage import HubStore
from central_hub.storage.transaction import Transaction as HubTransaction
from edge_node.app import create_app as create_node
from edge_node.app import make_services, open_store
from edge_node.catalogue import commands as catalogue
from edge_node.settings import DeskDevices, ListenSettings, NodeSettings
from edge_node.staff import commands as staff
from sync.replication import leases
from sync.replication.identity import NodeKey
from sync.replication.messages import NumberLease
from sync.storage import Store, Transaction, replica
from sync.vocabulary.office import OFFICES
from sync.vocabulary.staff import Role, StaffMember
from sync.web.passwords import hash_password
from tests.support.builders import KYV, MIGRATION, SHV, SOCIAL, a_member, a_service
from tests.support.clock import HandClock, SeededIds
from tests.support.front_desk import a_record

BESIDE = {"access_log", "device_acts", "device_health", "feed_days", "print_jobs"}
PASSWORD = "правильний кінь батарея"


@cache
def staff_of_office() -> tuple[StaffMember, ...]:
    """One person of each role that the office's pages know, and one who may nothing here."""
    known = hash_password(PASSWORD)
    return (
        a_member("oksana", Role.ADMINISTRATOR, password_hash=known),
        a_member("nadiia", Role.ADMINISTRATOR, password_hash=known),
        a_member("rita", Role.RECEPTIONIST, password_hash=known),
        a_member("halyna", Role.OFFICE_HEAD, password_hash=known),
        a_member("iryna", Role.REGISTRAR, provider_id=MIGRATION, password_hash=known),
        a_member("petro", Role.REGISTRAR, provider_id=SOCIAL, password_hash=known),
        a_member("taras", Role.TECHNICIAN, password_hash=known),
        a_member("olena", Role.PRIVACY_OFFICER, password_hash=known),
        a_member("kasia", Role.CASHIER, password_hash=known),
    )


def staff_of_city() -> tuple[StaffMember, ...]:
    """Who signs in to the hub: of two offices, of a body, a technician, and one who may nothing there."""
    known = hash_password(PASSWORD)
    return (
        a_member("oksana", Role.ADMINISTRATOR, password_hash=known),
        a_member("shv-head", Role.OFFICE_HEAD, password_hash=known),
        a_member("kyv-head", Role.OFFICE_HEAD, office_id=KYV, password_hash=known),
        a_member("petro", Role.REGISTRAR, provider_id=SOCIAL, password_hash=known),
        a_member("taras", Role.TECHNICIAN, password_hash=known),
        a_member("olena", Role.PRIVACY_OFFICER, password_hash=known),
        a_member("kasia", Role.CASHIER, password_hash=known),
    )


class House:
    """One app that serves, and what it stands on."""

    def __init__(
        self, client: TestClient[Litestar], *, store: Store | HubStore, clock: HandClock, database: Path
    ) -> None:
        self._client = client
        self.app = client.app
        self.store = store
        self.clock = clock
        self.database = database

    def visitor(self, login: str | None = None, *, accept: str = "application/json") -> httpx.Client:
        """A browser or a program; with a login it has signed in with the password."""
        client = httpx.Client(
            transport=self._client._transport,  # one running app, many visitors with cookies of their own
            base_url=self._client.base_url,
            headers={"Accept": accept},
        )
        if login is not None:
            self.clock.move(milliseconds=1)  # of several sessions the oldest ends
            answer = client.post("/api/session", json={"login": login, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
        return client

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of the database, by table, but for what grows by looking and what the loops write beside."""
        with closing(sqlite3.connect(self.database)) as connection:
            tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
            kept = [name for (name,) in tables if name not in BESIDE]
            return {name: connection.execute(f'select * from "{name}"').fetchall() for name in kept}  # noqa: S608 - own names


@contextmanager
def node_house(folder: Path, *, is_https: bool = False, desks: dict[str, DeskDevices] | None = None) -> Iterator[House]:
    """The office SHV: its catalogue, its people, a range of numbers, no line and no devices."""
    clock = HandClock()
    ids = SeededIds(clock)
    settings = NodeSettings(office_id=SHV, listen=ListenSettings(is_https=is_https), desks=desks or {}, folder=folder)
    NodeKey.generate().save(settings.key_file)
    store = open_store(settings)
    store.run_now(partial(_furnish_office, clock=clock))
    services = make_services(settings, store, clock=clock, ids=ids)
    with TestClient(create_node(services), base_url=_address(settings.listen)) as client:
        yield House(client, store=store, clock=clock, database=settings.database)
    store.close()


@contextmanager
def hub_house(folder: Path, *, is_https: bool = False) -> Iterator[House]:
    """The hub of a city that has just begun."""
    clock = HandClock()
    ids = SeededIds(clock)
    settings = HubSettings(folder=folder, listen=HubListen(is_https=is_https))
    store = HubStore(settings.database)
    store.run_now(partial(provisioning.begin_city, incarnation=ids.new(), ids=ids, now=clock.now()))
    store.run_now(partial(_employ, ids=ids, clock=clock))
    around = Surroundings(settings=settings, store=store, clock=clock, ids=ids)
    with TestClient(create_hub(around), base_url=_address(settings.listen)) as client:
        yield House(client, store=store, clock=clock, database=folder / "hub.db")
    store.close()


def _address(listen: ListenSettings | HubListen) -> str:
    return "https://house.test" if listen.is_https else "http://house.test"


def _furnish_office(tx: Transaction, *, clock: HandClock) -> None:
    replica.begin_stream(tx, node_id="01NODEOFTHESHVOFFICE000000", incarnation="01INCARNATION")
    leases.accept(tx, NumberLease(year=clock.now().year, first=1, last=10_000))
    allowance = a_service("09-01", name="Державна допомога при народженні дитини", term="C10", fee="0")
    for service in (a_service(), msgspec.structs.replace(allowance, provider_id=SOCIAL)):
        catalogue.project_service(tx, a_record(service))
    for office in OFFICES:
        catalogue.project_office(tx, a_record(office))
    for member in staff_of_office():
        staff.project_member(tx, a_record(member))


def _employ(tx: HubTransaction, *, ids: SeededIds, clock: HandClock) -> None:
    for member in staff_of_city():
        directory.put_staff(tx, member, ids=ids, now=clock.now())


def is_stream(handler: HTTPRouteHandler) -> bool:
    """Whether what it answers never ends by itself."""
    return handler.parsed_return_field.is_subclass_of(ServerSentEvent)
