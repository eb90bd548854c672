"""Who a node is, and which hub it is, while both run: keys replaced, disks copied, backups brought back, upgrades.

One hub and one office for all of it: every test leaves them in step.
"""

import base64
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from signal import SIGKILL
from uuid import uuid4

import httpx
import pytest

from sync.documents import document as documents
from sync.documents.document import DocumentView
from sync.replication.identity import (
    NODE_HEADER,
    NONCE_HEADER,
    PROTOCOL_HEADER,
    SIGNATURE_HEADER,
    NodeKey,
    RequestToSign,
)
from sync.replication.messages import PROTOCOL
from tests.integration.test_killed import APPLICATION
from tests.processes.city import LinedOffice
from tests.support import first_node
from tests.support.faulty_proxy import WHOLE, Faults
from tests.support.processes import BIN, Hub, Served, free_port, run, signed_in, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

CUT = Faults(is_cut=True)
KILLED = """
import os, signal, sys

kind, path = sys.argv[1:3]
following = os.path.join(sys.argv[3], "node.key.next")

def look(what, facts):
    if what == kind and str(facts[0]) == path and os.path.exists(following):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(look)
from edge_node.cli import main

main(["rotate-key", "--folder", sys.argv[3]])
"""


class House:
    """The hub, an office behind its line, and a clerk there."""

    def __init__(self, folder: Path) -> None:
        self.hub = Hub(folder)
        self.hub.start()
        self.office = LinedOffice(folder, "SHV", hub=self.hub, seed=1)
        self.office.process.start()

    @property
    def folder(self) -> Path:
        """Of the office."""
        return self.office.process.folder

    def close(self) -> None:
        self.office.line.close()
        self.office.process.stop()
        self.hub.stop()

    def told(self, sql: str, **named: object) -> list[tuple[object, ...]]:
        """What stands in the hub's database."""
        with closing(sqlite3.connect(f"file:{self.hub.folder / 'hub.db'}?mode=ro", uri=True)) as hub:
            return hub.execute(sql, named).fetchall()

    def arrived(self, *numbers: str) -> None:
        """Wait until the hub holds these cases, once each, and nothing is kept apart or on its way there."""

        def is_so() -> bool:
            held = Counter(str(number) for (number,) in self.told("select number from cases"))
            apart = self.told("select * from operations where state <> 'merged'")
            return {held[number] for number in numbers} == {1} and set(held.values()) == {1} and not apart

        wait_until(is_so, what=f"{numbers} at the hub")

    def has(self, number: str) -> bool:
        return self.told("select 1 from cases where number = :number", number=number) != []

    def view(self, case_id: str, *, event: str) -> DocumentView:
        """What the hub's document says once this event has come."""
        query = "select snapshot from documents where document_id = :case_id"

        def look() -> DocumentView:
            return documents.view(bytes(self.told(query, case_id=case_id)[0][0]))

        wait_until(lambda: event in {entry["kind"] for entry in look().events.values()}, what=event)
        return look()

    def incarnation(self) -> object:
        """Of the office, as its database says."""
        return self.office.rows("select incarnation from replica_stream")[0][0]

    def frozen(self) -> object:
        """Why the office says nothing to the hub."""
        return self.office.rows("select frozen from replica_link")[0][0]

    def enrol_again(self) -> None:
        """As a technician does, beside the running node."""
        address = self.office.line.address
        token = self.hub.token("SHV")
        run("edge-node", "enrol", "--folder", str(self.folder), "--hub", address, "--token", token)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    running = House(tmp_path_factory.mktemp("house"))
    yield running
    running.close()


@pytest.fixture
def desk(house: House) -> Iterator[httpx.Client]:
    with house.office.process.sign_in() as client:
        yield client


def register(desk: httpx.Client) -> str:
    """The number of a new case; waits for the catalogue, for numbers, for the node."""
    given: list[str] = []
    key = uuid4().hex

    def ask() -> bool:
        try:
            answer = desk.post("/api/cases", json=APPLICATION, headers={"Idempotency-Key": key})
        except httpx.HTTPError:
            return False
        given.extend([answer.json()["number"]] if answer.is_success else [])
        return answer.is_success

    wait_until(ask, what="a registration")
    return given[0]


def status_of(folder: Path) -> tuple[int, object]:
    """What a technician is told: the exit status, and whether the node is frozen."""
    command = [str(BIN / "edge-node"), "sync", "status", "--folder", str(folder), "--json"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return told.returncode, json.loads(told.stdout)["frozen"]


def refusal(house: House, key: NodeKey) -> str:
    """What the hub says to a request of the office under a nonce it never gave, signed with ``key``."""
    request = RequestToSign(method="GET", target="/sync/pull", body=b"", nonce="unheard-of")
    headers = {
        NODE_HEADER: str(house.office.rows("select node_id from replica_stream")[0][0]),
        NONCE_HEADER: request.nonce,
        PROTOCOL_HEADER: str(PROTOCOL),
        SIGNATURE_HEADER: base64.b64encode(key.sign(request.covered())).decode(),
        "Accept": "application/problem+json",
    }
    with httpx.Client(base_url=house.hub.nodes_address, verify=house.hub.trust(), trust_env=False) as client:
        return str(client.get(request.target, headers=headers).json()["code"])


class TestKeys:
    def test_a_key_replaced_beside_the_running_node_is_the_only_one_that_speaks(self, house: House, desk: httpx.Client):
        old = NodeKey.load(house.folder / "node.key")
        rotations = "select actor_id from access_log where action = 'rotate_key'"
        before = house.told(rotations)
        run("edge-node", "rotate-key", "--folder", str(house.folder))

        assert house.told(rotations) == [*before, *house.office.rows("select node_id from replica_stream")]
        assert refusal(house, old) == "signature-wrong"
        assert refusal(house, NodeKey.load(house.folder / "node.key")) == "nonce-expired"
        house.arrived(register(desk))

    @pytest.mark.parametrize("has_heard", [False, True], ids=["before the hub hears", "before it hears the answer"])
    def test_a_command_killed_between_its_steps_leaves_a_node_that_reaches_the_hub(
        self, house: House, *, has_heard: bool
    ):
        key, following = house.folder / "node.key", house.folder / "node.key.next"
        house.office.process.stop()
        old = NodeKey.load(key)
        moment = ("os.rename", str(following)) if has_heard else ("open", str(house.folder))
        killed = subprocess.run([sys.executable, "-c", KILLED, *moment, str(house.folder)], check=False)
        assert killed.returncode == -SIGKILL
        assert NodeKey.load(key).public_key == old.public_key
        coming = NodeKey.load(following)
        assert refusal(house, coming) == ("nonce-expired" if has_heard else "signature-wrong")

        house.office.process.start()
        with house.office.process.sign_in() as desk:
            house.arrived(register(desk))
        assert NodeKey.load(key).public_key == (coming if has_heard else old).public_key


class TestCopies:
    def test_of_a_copied_disk_one_goes_on_and_the_other_freezes_until_enrolled_again(
        self, house: House, tmp_path: Path
    ):
        house.office.process.stop()
        with suppress(FileExistsError):
            NodeKey.generate().save(house.folder / "node.key.next")  # a change of keys that the hub never heard of
        copy, port = tmp_path / "copy", free_port()
        shutil.copytree(house.folder, copy)
        settings = copy / "edge-node.toml"
        lines = settings.read_text(encoding="utf-8").splitlines()
        moved = [f"port = {port}" if line.startswith("port = ") else line for line in lines]
        settings.write_text("\n".join(moved) + "\n", encoding="utf-8")
        twin = Served([str(BIN / "edge-node"), "run", "--folder", str(copy)], port=port, log=tmp_path / "copy.log")

        house.office.process.start()
        with house.office.process.sign_in() as desk:
            house.arrived(register(desk))
            twin.start()
            try:
                wait_until(lambda: house.frozen() == "forked", what="the office falls silent")
                assert status_of(house.folder) == (1, "forked")
                assert house.told("select 1 from alarms where kind = 'forked'")
                alone = register(desk)
                assert not house.has(alone)
                house.enrol_again()
                house.arrived(alone)
                assert status_of(house.folder) == (0, None)
                assert refusal(house, NodeKey.load(copy / "node.key")) == "signature-wrong"
            finally:
                twin.stop()

    def test_a_database_copied_back_from_a_backup_lives_on_as_another(
        self, house: House, desk: httpx.Client, tmp_path: Path
    ):
        house.office.line.set(CUT)
        unsent = register(desk)
        backup = tmp_path / "office.tar"
        run("edge-node", "backup", "create", "--folder", str(house.folder), str(backup))
        house.office.line.set(WHOLE)
        known = register(desk)
        house.arrived(unsent, known)
        before = house.incarnation()

        house.office.process.stop()
        for left in house.folder.glob("node.db*"):
            left.unlink()
        with tarfile.open(backup) as archive:
            archive.extract("node.db", house.folder, filter="data")
        assert (known,) not in house.office.rows("select number from cases")
        house.office.process.start()

        wait_until(lambda: house.incarnation() != before, what="another incarnation")
        with house.office.process.sign_in() as again:
            fresh = register(again)
        assert len({unsent, known, fresh}) == 3
        house.arrived(unsent, known, fresh)
        wait_until(lambda: (known,) in house.office.rows("select number from cases"), what="what the hub knew is back")


def test_a_retired_node_is_heard_up_to_the_cut_off_and_works_on_alone(house: House, desk: httpx.Client):
    house.office.line.set(CUT)
    counted = register(desk)
    ((node_id, cut_off),) = house.office.rows("select node_id, oseq from replica_stream")
    late = register(desk)
    retire = ["central-hub", "node", "retire", "--folder", str(house.hub.folder), "--cut-off", str(cut_off)]
    run(*retire, str(node_id))
    house.office.line.set(WHOLE)

    wait_until(lambda: house.frozen() == "revoked", what="the node hears that it is retired")
    house.arrived(counted)
    assert status_of(house.folder) == (1, "revoked")
    alone = register(desk)
    assert not house.has(late)
    assert not house.has(alone)
    house.enrol_again()
    house.arrived(late, alone)


def test_a_hub_brought_back_from_a_backup_hears_again_what_it_forgot(house: House, tmp_path: Path):
    backup = tmp_path / "hub.tar"
    run("central-hub", "backup", "create", "--folder", str(house.hub.folder), str(backup))
    house.office.process.stop()
    (house.folder / "incarnation.json").unlink()  # another incarnation, and numbers that the backup knows nothing of
    house.office.process.start()
    with house.office.process.sign_in() as desk:
        forgotten = register(desk)
        house.arrived(forgotten)
        forgotten_hub = house.office.rows("select hub_incarnation from replica_link")

        house.hub.stop()
        house.hub.folder.rename(tmp_path / "lost")
        run("central-hub", "backup", "restore", "--folder", str(house.hub.folder), str(backup))
        assert not house.has(forgotten)
        house.hub.start()
        house.arrived(forgotten, register(desk))

    assert house.office.rows("select hub_incarnation from replica_link") != forgotten_hub
    assert house.office.rows("select count(*) from replica_operations where state = 'quarantined'") == [(0,)]
    leased = "select year, first, last from number_leases where incarnation = :incarnation order by 1, 2"
    held = house.office.rows("select year, first, last from replica_leases where incarnation = '' order by 1, 2")
    assert house.told(leased, incarnation=house.incarnation()) == held
    compared = json.loads(run("edge-node", "verify", "--folder", str(house.folder), "--json"))
    assert compared["healed"] == compared["unhealed"] == []


def test_an_office_of_the_first_version_loses_nothing_by_the_upgrade(house: House, tmp_path: Path):
    folder, port = tmp_path / first_node.OFFICE_ID, free_port()
    first_node.put_down(folder, port=port, hub=house.hub)
    numbers = "select number from cases where home_office_id = 'KYV' order by 1"
    wait_until(lambda: house.told(numbers) == [(first_node.NUMBERS[0],)], what="what the first version told is merged")
    token = house.hub.token(first_node.OFFICE_ID)
    run("edge-node", "enrol", "--folder", str(folder), "--hub", house.hub.nodes_address, "--token", token)
    (copy,) = folder.glob("node.db.before-*")
    with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as kept:
        states = kept.execute("select state from replica_operations order by oseq").fetchall()
    assert states == [("acknowledged",), ("waiting",), ("waiting",)]

    office = Served([str(BIN / "edge-node"), "run", "--folder", str(folder)], port=port, log=tmp_path / "first.log")
    office.start()
    try:
        with signed_in(office.address, login="kyv-administrator", password=house.hub.password) as desk:
            house.arrived(*first_node.NUMBERS)
            find = "select case_id from cases where number = :number"
            ((case_id,),) = house.told(find, number=first_node.FROM_THE_FUTURE)
            assert desk.post(f"/api/cases/{case_id}/hand-over").is_success
            assert register(desk) not in first_node.NUMBERS
            view = house.view(str(case_id), event="handed_over")
    finally:
        office.stop()
    assert view.fields["reading_aloud"] == "wanted"
    assert [entry["weather"] for entry in view.events.values() if entry["kind"] == "registered"] == [7]
