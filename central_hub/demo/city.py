"""``central-hub demo``: what stands where, what is made at the first start, and what is said to the person."""

import asyncio
import secrets
import signal
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import msgspec

from central_hub.demo import accounts, people, texts
from central_hub.demo.accounts import Accounts, SignIn
from central_hub.demo.control import control_server
from central_hub.demo.lines import Relay
from central_hub.demo.processes import Child, ChildFailed, Keeper, command_of, run_once
from central_hub.message_gateways.simulator import Provider, simulator_server
from central_hub.provisioning import commands as provisioning
from central_hub.settings import HubSettings
from central_hub.storage import HubStore, Transaction
from sync.ambient import SystemClock, SystemIds
from sync.replication import authority
from sync.vocabulary.ids import OfficeId

NODES_OFFSET = 9
CONTROL_OFFSET = 10
READY_SECONDS = 180  # a machine of two cores that starts eight processes at once
TOKEN_BYTES = 24


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """What the folder keeps between starts: one password for all demonstration accounts."""

    port_base: int
    password: str


def remember(folder: Path, *, port_base: int, password: str) -> Remembered:
    """What the folder keeps; from its first start on, these."""
    kept = folder / "demo.json"
    if kept.exists():
        return msgspec.json.decode(kept.read_bytes(), type=Remembered)
    folder.mkdir(parents=True, exist_ok=True)
    remembered = Remembered(port_base=port_base, password=password)
    kept.touch(mode=0o600)
    kept.write_bytes(msgspec.json.encode(remembered))
    return remembered


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Ports and folders."""

    folder: Path
    port_base: int

    @property
    def hub_folder(self) -> Path:
        return self.folder / "hub"

    @property
    def hub_url(self) -> str:
        return f"http://127.0.0.1:{self.port_base}"

    @property
    def nodes_port(self) -> int:
        return self.port_base + NODES_OFFSET

    @property
    def control_port(self) -> int:
        return self.port_base + CONTROL_OFFSET

    @property
    def control_url(self) -> str:
        return f"http://127.0.0.1:{self.control_port}"

    @property
    def telephones_port(self) -> int:
        return self.control_port + 1 + len(people.OFFICES)

    @property
    def telephones_url(self) -> str:
        return f"http://127.0.0.1:{self.telephones_port}"

    def office_url(self, office_id: OfficeId) -> str:
        return f"http://127.0.0.1:{self.office_port(office_id)}"

    def office_folder(self, office_id: str) -> Path:
        return self.folder / office_id

    def office_port(self, office_id: OfficeId) -> int:
        return self.port_base + 1 + people.OFFICES.index(office_id)

    def relay_port(self, office_id: OfficeId) -> int:
        return self.control_port + 1 + people.OFFICES.index(office_id)

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"


class Demo:
    """The city of one folder, from its first start to Ctrl-C."""

    def __init__(self, places: Places, *, password: str, hub: HubSettings, tell: Callable[[str], None]) -> None:
        self._places = places
        self._password = password
        self._hub = hub
        self._tell = tell
        self._keepers: list[Keeper] = []
        self._relays: dict[str, Relay] = {
            office_id: Relay(
                port=places.relay_port(office_id), hub_port=hub.nodes.port if hub.nodes else hub.listen.port
            )
            for office_id in people.OFFICES
        }

    async def run(self) -> None:
        """Start everything, say where it stands, and stop it all at Ctrl-C; raises ChildFailed."""
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        provider = Provider(clock=SystemClock(), ids=SystemIds())
        beside = (
            control_server(self._relays, port=self._places.control_port),
            simulator_server(provider, port=self._places.telephones_port),
        )
        serving = [asyncio.create_task(server.serve()) for server in beside]
        starting = asyncio.create_task(self._start())
        waiting = asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                accounts.write(self._accounts(), self._places.folder)
                self._tell(texts.welcome(self._places, password=self._password))
                await waiting
        finally:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            self._tell(texts.STOPPING)
            await self._stop()
            for server in beside:
                server.should_exit = True
            await asyncio.gather(*serving)

    async def _start(self) -> None:
        places = self._places
        await self._keep("hub", command_of("central-hub", "run", "--folder", str(places.hub_folder)))
        await _until_answers(f"{places.hub_url}/health/live", name="hub")
        for relay in self._relays.values():
            await relay.mend()
        await asyncio.gather(*(self._start_office(office_id) for office_id in people.OFFICES))

    async def _start_office(self, office_id: OfficeId) -> None:
        places = self._places
        folder = places.office_folder(office_id)
        if not (folder / "edge-node.toml").exists():
            hall = ("--port", str(places.office_port(office_id)), "--desks", str(people.DESKS[office_id]))
            await run_once(*command_of("edge-node", "init", "--folder", str(folder), "--office", office_id, *hall))
        if "hub" not in tomllib.loads((folder / "edge-node.toml").read_text(encoding="utf-8")):
            await self._enrol(office_id, folder)
        devices = command_of("edge-devices", "simulate", "--spool", str(folder / "spool"))
        await self._keep(f"{office_id}-devices", devices)
        await self._keep(f"{office_id}-node", command_of("edge-node", "run", "--folder", str(folder)))
        await _until_answers(f"{places.office_url(office_id)}/health/live", name=office_id)

    async def _enrol(self, office_id: OfficeId, folder: Path) -> None:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now = SystemClock().now()
        make = partial(provisioning.make_token, token=token, office_id=office_id, now=now)
        await asyncio.to_thread(self._at_hub, make)
        scheme = "http" if self._hub.nodes is None else "https"
        hub = f"{scheme}://127.0.0.1:{self._places.relay_port(office_id)}"
        token += behind_token(self._hub)
        await run_once(*command_of("edge-node", "enrol", "--folder", str(folder), "--hub", hub, "--token", token))
        control = f"{self._places.control_url}/lines/{office_id}"
        with (folder / "edge-node.toml").open("a", encoding="utf-8") as configuration:
            configuration.write(
                "retry_seconds_max = 3.0\n"  # the table [hub], which enrolment wrote last
                f'public_url = "{self._places.hub_url}"\n'
                '\n[devices]\nsocket = "spool/devices.sock"\n'
                '\n[desks.1]\nreader = "barcode-reader"\ntelephone = "telephone"\nhandset = "127.0.0.1"\n'
                f'\n[demo]\nline_control = "{control}"\nsimulators = "spool/simulators.sock"\n'
            )

    def _at_hub(self, command: Callable[[Transaction], None]) -> None:
        store = HubStore(self._hub.database)
        try:
            store.run_now(command)
        finally:
            store.close()

    async def _keep(self, name: str, command: tuple[str, ...]) -> None:
        keeper = Keeper(Child(name=name, command=command, log=self._places.log(name)), tell=self._tell)
        self._keepers.append(keeper)
        await keeper.start()

    def _accounts(self) -> Accounts:
        places, password = self._places, self._password
        return Accounts(
            hub=places.hub_url,
            watcher=SignIn(login="city-head", password=password),
            offices={
                office_id: accounts.office_place(office_id, url=places.office_url(office_id), password=password)
                for office_id in people.OFFICES
            },
            line_control=places.control_url,
            processes={keeper.name: keeper.pid for keeper in self._keepers if keeper.pid is not None},
        )

    async def _stop(self) -> None:
        """Offices first, the hub last: what they have to say is still heard."""
        await asyncio.gather(*(keeper.stop() for keeper in self._keepers[1:]))
        for keeper in self._keepers[:1]:
            await keeper.stop()
        for relay in self._relays.values():
            await relay.close()


def behind_token(settings: HubSettings) -> str:
    """What stands behind a token: a dot and the fingerprint of the hub's authority, where nodes come over TLS."""
    if settings.nodes is None:
        return ""
    return f".{authority.fingerprint(authority.standing(settings.authority_folder).announced[0])}"


async def _until_answers(url: str, *, name: str) -> None:
    """Wait until the process answers; raises ChildFailed after ``READY_SECONDS``."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + READY_SECONDS
    async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
        while loop.time() < ends_at:
            try:
                response = await client.get(url)
            except httpx.HTTPError:
                await asyncio.sleep(0.2)
            else:
                if response.is_success:
                    return
                await asyncio.sleep(0.2)
    raise ChildFailed(f"{name} does not answer at {url}")
