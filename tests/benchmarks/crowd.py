"""Twenty working offices in one process: real stores, keys and clients of the hub, without pages and devices.

``python -m tests.benchmarks.crowd FOLDER HUB-FOLDER HUB-ADDRESS``: enrols them, says ``ready`` and works until killed.
"""

import asyncio
import itertools
import sys
from functools import partial
from pathlib import Path

import msgspec

from central_hub.directory import commands as directory
from central_hub.provisioning import commands as provisioning
from central_hub.storage import HubStore
from edge_node.app import MIGRATIONS
from edge_node.intake import commands as intake
from edge_node.replication.listeners import Surroundings, connect_hub
from edge_node.settings import HubSettings, NodeSettings
from sync.ambient import SystemClock, SystemIds
from sync.replication import authority, enrolment
from sync.replication.authority import save_durably
from sync.replication.identity import NodeKey
from sync.replication.leases import NumbersExhausted
from sync.replication.messages import EnrolRequest
from sync.storage import Store, Transaction, replica
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import StaffId
from sync.vocabulary.office import OFFICES
from sync.vocabulary.staff import Role
from tests.benchmarks.work import an_application, clerk_of, sealed
from tests.support.builders import a_member

NODES = 20
CASE_EVERY_SECONDS = 1.0  # a day of the largest office has ten times fewer
MEASURED = ("SHV", "KYV")
STAFFED = {"RCP"}  # by the demonstration
TOKEN = "token-of-the-crowd-{}"


class Working:
    """One office: registers a case each second, pushes and pulls."""

    def __init__(self, folder: Path, office_id: str, *, hub_address: str) -> None:
        folder.mkdir(parents=True)
        self.settings = NodeSettings(office_id=office_id, hub=HubSettings(url=hub_address), folder=folder)
        self.store, self.ids, self.clock = Store(self.settings.database, MIGRATIONS), SystemIds(), SystemClock()
        self.store.run_now(partial(replica.begin_stream, node_id=self.ids.new(), incarnation=self.ids.new()))

    def enrol(self, *, token: str, certificate: bytes) -> None:
        """Become known to the hub, and know it."""
        key, stream = NodeKey.generate(), self.store.read_now(replica.stream)
        key.save(self.settings.key_file)
        request = EnrolRequest(
            token=token,
            node_id=stream.node_id,
            incarnation=stream.incarnation,
            public_key=key.public_key,
            office_id=self.settings.office_id,
        )
        enrolment.send(self.settings.hub.url, request, known_by=authority.fingerprint(certificate))
        save_durably(self.settings.authority_file, certificate)

    async def work(self, people: "itertools.count[int]") -> None:
        """Until cancelled."""
        around = Surroundings(settings=self.settings, store=self.store, clock=self.clock, ids=self.ids)
        self.store.bind_loop(asyncio.get_running_loop())
        async with asyncio.TaskGroup() as group:
            group.create_task(connect_hub(around).exchange())
            group.create_task(self._register(people))

    async def _register(self, people: "itertools.count[int]") -> None:
        while True:
            await asyncio.sleep(CASE_EVERY_SECONDS)  # the work of a hall, not a wait for anything
            try:
                await self.store.run(partial(self._register_one, person=next(people)))
            except (LookupError, InvalidInput, NumbersExhausted):
                continue  # the staff, the services and the first numbers are on their way

    def _register_one(self, tx: Transaction, person: int) -> None:
        application = an_application(person)
        by = clerk_of(tx, office_id=self.settings.office_id)
        seal, now = sealed(application, person), self.clock.now()
        intake.register_case(tx, application, by=by, sealed=seal, now=now, ids=self.ids)


async def main(folder: str, hub_folder: str, hub_address: str) -> None:
    hub, certificate = HubStore(f"sqlite:///{hub_folder}/hub.db"), authority.standing(Path(hub_folder) / "authority")
    places = itertools.islice(itertools.cycle(each.id for each in OFFICES if each.id not in MEASURED), NODES)
    working = [
        Working(Path(folder) / str(place), office_id, hub_address=hub_address) for place, office_id in enumerate(places)
    ]
    ids = SystemIds()
    for office_id in sorted({each.settings.office_id for each in working} - STAFFED):
        clerk = a_member(f"{office_id.lower()}-administrator", Role.ADMINISTRATOR, office_id=office_id)
        member = msgspec.structs.replace(clerk, id=StaffId(ids.new()))
        hub.run_now(partial(directory.put_staff, member=member, ids=ids, now=SystemClock().now()))
    for place, each in enumerate(working):
        make = partial(
            provisioning.make_token,
            token=TOKEN.format(place),
            office_id=each.settings.office_id,
            now=SystemClock().now(),
        )
        hub.run_now(make)
        await asyncio.to_thread(each.enrol, token=TOKEN.format(place), certificate=certificate.announced[0])
    hub.close()
    people = itertools.count(1_000_000)
    async with asyncio.TaskGroup() as group:
        for each in working:
            group.create_task(each.work(people))
        print("ready", flush=True)  # noqa: T201 - who started it waits for this


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
