"""Between node and hub: TLS by the hub's own authority, pinned, renewed without a visit, and nothing else believed."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from shutil import copy

import httpx
import pytest
from msgspec import structs

from central_hub.app import Surroundings, create_app, ports
from central_hub.settings import HubSettings, ListenSettings, NodeListenSettings
from central_hub.storage import HubStore
from sync.replication import authority, enrolment, trust
from sync.replication.authority import AuthorityKeeper
from sync.replication.enrolment import NotEnrolled
from sync.replication.identity import NodeKey
from sync.replication.messages import EnrolRequest
from sync.replication.transport import Distrusted, Transport, new_client
from sync.replication.trust import Trust
from sync.storage import backup
from sync.web.serving import QuietServer
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode

pytestmark = pytest.mark.anyio
NOW = datetime.now(UTC)  # OpenSSL asks the machine
HERE = ("localhost", "127.0.0.1")


class ServedHub:
    """The hub's two ports."""

    def __init__(self, keeper: AuthorityKeeper, *, pages_port: int, nodes_port: int) -> None:
        self.keeper = keeper
        self.pages = f"http://127.0.0.1:{pages_port}"
        self.nodes = f"https://127.0.0.1:{nodes_port}"
        self.nodes_port = nodes_port

    @property
    def fingerprint(self) -> str:
        return authority.fingerprint(self.keeper.standing.announced[0])

    def pin(self, path: Path) -> Trust:
        """As a node that has enrolled."""
        path.write_bytes(self.keeper.standing.announced[0])
        return Trust(path)


@pytest.fixture
def database_url(tmp_path: Path, sqlite_city: Path) -> str:
    """Certificates are the same over either database."""
    copy(sqlite_city, tmp_path / "hub.db")
    return f"sqlite:///{tmp_path / 'hub.db'}"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@asynccontextmanager
async def served(
    store: HubStore, folder: Path, clock: HandClock, *, names: tuple[str, ...] = HERE
) -> AsyncIterator[ServedHub]:
    settings = HubSettings(folder=folder, listen=ListenSettings(port=0), nodes=NodeListenSettings(port=0, names=names))
    keeper = AuthorityKeeper(settings.authority_folder, names=names, clock=clock)
    around = Surroundings(settings=settings, store=store, clock=clock, ids=SeededIds(clock), authority=keeper)
    servers = [QuietServer(config) for config in ports(create_app(around), around)]
    tasks = []
    for server in servers:
        server.config.timeout_graceful_shutdown = 1
        tasks.append(asyncio.create_task(server.serve()))
        while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait for
            await asyncio.sleep(0.01)
    pages_port, nodes_port = (server.servers[0].sockets[0].getsockname()[1] for server in servers)
    try:
        yield ServedHub(keeper, pages_port=pages_port, nodes_port=nodes_port)
    finally:
        for server, task in reversed(list(zip(servers, tasks, strict=True))):
            server.should_exit = True
            await task


def request_of(token: str) -> EnrolRequest:
    return EnrolRequest(
        token=token,
        node_id="01NODEOFTHESHVOFFICE000000",
        incarnation="01INCARNATION",
        public_key=NodeKey.generate().public_key,
        office_id="SHV",
    )


def token_at(store: HubStore, clock: HandClock) -> str:
    return HubNode(None, store, office_id="SHV", clock=clock, ids=SeededIds(clock, 9)).token()


async def reached_by(hub_url: str, pinned: Trust) -> int:
    """The status that a node of this trust is answered, asking as it asks."""
    async with new_client(hub_url, trust=pinned) as client:
        transport = Transport(client, node_id="n", key=NodeKey.generate(), trust=pinned)
        return (await transport._answer("GET", "/health/live", nonce="n", body=b"")).status_code


async def test_a_token_names_the_authority_which_the_node_then_trusts(
    store: HubStore, tmp_path: Path, clock: HandClock
) -> None:
    async with served(store, tmp_path, clock) as hub:
        secret, known_by = enrolment.split(f"{token_at(store, clock)}.{hub.fingerprint}")
        pinned = await asyncio.to_thread(partial(enrolment.send, hub.nodes, request_of(secret), known_by=known_by))
        assert pinned == hub.keeper.standing.announced[0]
        (tmp_path / "pinned.pem").write_bytes(pinned)
        assert await reached_by(hub.nodes, Trust(tmp_path / "pinned.pem")) == 200


async def test_what_somebody_appends_to_the_certificate_of_the_authority_is_not_believed(
    store: HubStore, tmp_path: Path, clock: HandClock
) -> None:
    """The fingerprint is of the first certificate alone; a second would be trusted as much, once pinned."""
    other = AuthorityKeeper(tmp_path / "other", names=HERE, clock=clock).standing.announced[0]
    async with served(store, tmp_path, clock) as hub:
        of_hub, known_by = hub.keeper.standing.announced[0], hub.fingerprint
        hub.keeper.standing = structs.replace(hub.keeper.standing, announced=(of_hub + other,))
        secret = token_at(store, clock)
        pinned = await asyncio.to_thread(partial(enrolment.send, hub.nodes, request_of(secret), known_by=known_by))
    assert pinned == of_hub


async def test_another_hub_is_not_believed(store: HubStore, tmp_path: Path, clock: HandClock) -> None:
    """Whoever stands in the middle with a certificate of its own, of whatever name, is no hub to an enrolled node."""
    other = AuthorityKeeper(tmp_path / "other", names=HERE, clock=clock)
    (tmp_path / "pinned.pem").write_bytes(other.standing.announced[0])
    async with served(store, tmp_path, clock) as hub:
        with pytest.raises(Distrusted) as refused:
            await reached_by(hub.nodes, Trust(tmp_path / "pinned.pem"))
    assert refused.value.code == "other-authority"


async def test_nobody_in_the_middle_of_an_enrolment_is_believed(
    store: HubStore, tmp_path: Path, clock: HandClock
) -> None:
    """The token names the right authority by its fingerprint: another's certificate is thrown away."""
    right = AuthorityKeeper(tmp_path / "other", names=HERE, clock=clock)
    known_by = authority.fingerprint(right.standing.announced[0])
    async with served(store, tmp_path, clock) as in_the_middle:
        with pytest.raises(NotEnrolled, match="another authority"):
            await asyncio.to_thread(
                partial(enrolment.send, in_the_middle.nodes, request_of("secret"), known_by=known_by)
            )


async def test_a_certificate_that_has_ended_is_refused_and_named(
    store: HubStore, tmp_path: Path, clock: HandClock
) -> None:
    clock.move(days=-200)
    async with served(store, tmp_path, clock) as hub:
        with pytest.raises(Distrusted) as refused:
            await reached_by(hub.nodes, hub.pin(tmp_path / "pinned.pem"))
    assert refused.value.code == "certificate-expired"


async def test_a_certificate_for_another_name_is_refused_and_named(
    store: HubStore, tmp_path: Path, clock: HandClock
) -> None:
    async with served(store, tmp_path, clock, names=("hub.example",)) as hub:
        with pytest.raises(Distrusted) as refused:
            await reached_by(hub.nodes, hub.pin(tmp_path / "pinned.pem"))
    assert refused.value.code == "wrong-name"


async def test_a_port_without_tls_is_named_and_takes_nothing_of_nodes(
    store: HubStore, tmp_path: Path, clock: HandClock
) -> None:
    async with served(store, tmp_path, clock) as hub:
        with pytest.raises(Distrusted) as refused:
            await reached_by(hub.pages.replace("http:", "https:"), hub.pin(tmp_path / "pinned.pem"))
        assert refused.value.code == "no-tls"
        with pytest.raises(NotEnrolled, match="begins with https"):
            enrolment.send(hub.pages, request_of("secret"), known_by=hub.fingerprint)
        async with httpx.AsyncClient(trust_env=False) as plain:
            for target in ("/sync/hello", "//sync/hello", f"/blobs/{'0' * 64}"):
                answer = await plain.post(f"{hub.pages}{target}")
                assert (answer.status_code, answer.json()["code"]) == (403, "tls-required")
            assert (await plain.get(f"{hub.pages}/services")).status_code == 200


async def test_pages_are_not_served_on_the_port_of_the_nodes(store: HubStore, tmp_path: Path, clock: HandClock) -> None:
    async with (
        served(store, tmp_path, clock) as hub,
        new_client(hub.nodes, trust=hub.pin(tmp_path / "p.pem")) as client,
    ):
        assert (await client.get("/services")).json()["code"] == "not-here"


async def serial_at(hub: ServedHub, pinned: Trust) -> int:
    """Of the certificate that a new connection sees."""
    _, writer = await asyncio.open_connection(
        "127.0.0.1", hub.nodes_port, ssl=pinned.context, server_hostname="127.0.0.1"
    )
    shown = writer.get_extra_info("ssl_object").getpeercert()
    writer.close()
    await writer.wait_closed()
    return int(shown["serialNumber"], 16)


async def test_the_certificate_is_renewed_while_a_node_stays_connected(
    store: HubStore, tmp_path: Path, clock: HandClock
) -> None:
    async with served(store, tmp_path, clock) as hub:
        pinned = hub.pin(tmp_path / "pinned.pem")
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", hub.nodes_port, ssl=pinned.context, server_hostname="127.0.0.1"
        )
        before = await serial_at(hub, pinned)
        for days in (0, 59, 2):
            clock.move(days=days)
            hub.keeper.look()
            writer.write(b"GET /health/live HTTP/1.1\r\nHost: hub\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            length = 0
            while (line := await reader.readline()) != b"\r\n":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            await reader.readexactly(length)
            assert (await serial_at(hub, pinned) == before) == (days != 2)
        writer.close()
        await writer.wait_closed()


async def test_the_next_authority_is_announced_long_before_it_is_used(
    store: HubStore, tmp_path: Path, clock: HandClock
) -> None:
    """A node that heard the announcement goes on; one that was away for more than a year enrols again."""
    end = authority.AUTHORITY_LIVES
    clock.move(days=-(end - timedelta(days=360)).days)
    authority.keep(tmp_path / "authority", names=HERE, now=clock.now())
    clock.move(days=(end - timedelta(days=700)).days)
    authority.keep(tmp_path / "authority", names=HERE, now=clock.now())
    async with served(store, tmp_path, clock) as hub:
        hears, away = hub.pin(tmp_path / "hears.pem"), hub.pin(tmp_path / "away.pem")
        announced = hub.keeper.standing.announced
        assert len(announced) == 2
        assert hears.hear(announced)
        assert not hears.hear(announced)

        clock.move(days=(NOW - clock.now()).days + 1)
        hub.keeper.look()

        assert hub.keeper.standing.announced == announced[1:]
        assert await reached_by(hub.nodes, hears) == 200
        assert await reached_by(hub.nodes, Trust(tmp_path / "hears.pem")) == 200
        with pytest.raises(Distrusted):
            await reached_by(hub.nodes, away)


async def test_the_hub_shows_nothing_older_than_tls_1_2(store: HubStore, tmp_path: Path, clock: HandClock) -> None:
    async with served(store, tmp_path, clock) as hub:
        assert hub.keeper.context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert hub.pin(tmp_path / "pinned.pem").context.minimum_version == ssl.TLSVersion.TLSv1_2


async def test_what_is_no_certificate_pins_nothing(store: HubStore, tmp_path: Path, clock: HandClock) -> None:
    async with served(store, tmp_path, clock) as hub:
        pinned = hub.pin(tmp_path / "pinned.pem")
        kept = (tmp_path / "pinned.pem").read_bytes()
        assert not pinned.hear(())
        assert not pinned.hear((b"no certificate",))
        assert (tmp_path / "pinned.pem").read_bytes() == kept


def test_asking_again_changes_nothing_and_only_the_owner_reads_the_keys(tmp_path: Path) -> None:
    first = authority.keep(tmp_path / "authority", names=HERE, now=NOW)
    files = {path.name: path.read_bytes() for path in (tmp_path / "authority").iterdir()}
    assert authority.keep(tmp_path / "authority", names=HERE, now=NOW + timedelta(days=59)) == first
    assert {path.name: path.read_bytes() for path in (tmp_path / "authority").iterdir()} == files
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "authority").iterdir()} == {0o600}


def test_another_name_gets_another_certificate_by_the_same_authority(tmp_path: Path) -> None:
    first = authority.keep(tmp_path / "authority", names=HERE, now=NOW)
    server = (tmp_path / "authority" / authority.SERVER_FILE).read_bytes()
    second = authority.keep(tmp_path / "authority", names=(*HERE, "hub.example"), now=NOW)
    assert first.announced == second.announced
    assert (tmp_path / "authority" / authority.SERVER_FILE).read_bytes() != server


def test_a_hub_that_was_off_for_years_announces_before_it_switches_while_it_can(tmp_path: Path) -> None:
    begun = authority.keep(tmp_path / "authority", names=HERE, now=NOW)
    back = begun.authority_ends_at - timedelta(days=300)
    assert len(authority.keep(tmp_path / "authority", names=HERE, now=back).announced) == 2
    assert len(authority.keep(tmp_path / "authority", names=HERE, now=back + timedelta(days=89)).announced) == 2
    assert len(authority.keep(tmp_path / "authority", names=HERE, now=back + timedelta(days=91)).announced) == 1


def test_a_hub_brought_back_from_a_backup_is_the_hub_its_nodes_know(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    before = authority.keep(tmp_path / "hub" / "authority", names=HERE, now=NOW)
    parts = backup.Parts(left_out=frozenset(), keys=frozenset({"authority"}))
    backup.create(tmp_path / "hub", tmp_path / "hub.tar", parts=parts, now=NOW, progress=lambda _: None)
    backup.restore(tmp_path / "hub.tar", tmp_path / "back", progress=lambda _: None)
    assert authority.keep(tmp_path / "back" / "authority", names=HERE, now=NOW) == before
    assert (tmp_path / "back" / "authority" / authority.CURRENT_FILE).stat().st_mode & 0o777 == 0o600


def test_a_line_that_is_cut_is_no_reason_for_distrust() -> None:
    assert trust.distrust(OSError("cut")) is None
    assert trust.distrust(ssl.SSLEOFError("cut in the middle")) is None
