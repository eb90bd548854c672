"""The hub reads by night what it keeps: what rotted on its disk raises an alarm before anybody needs it."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from central_hub.doctor import examine
from central_hub.node_gateway.listeners import look_through
from central_hub.settings import HubSettings
from central_hub.storage import HubStore, fixity, replica
from central_hub.storage.tables import alarms
from sync.cli.findings import Finding
from sync.replication.blobs import BlobFolder
from tests.support.clock import HandClock


def kinds(store: HubStore) -> list[object]:
    return store.read_now(lambda reader: reader.column(select(alarms.c.kind)))


@pytest.fixture
def blobs(tmp_path: Path) -> BlobFolder:
    return BlobFolder(tmp_path / "blobs")


def test_a_hub_that_is_whole_raises_no_alarm(store: HubStore, blobs: BlobFolder, clock: HandClock) -> None:
    blobs.put(b"a scan")
    asyncio.run(look_through(store, blobs, clock))
    assert kinds(store) == []
    assert store.read_now(partial(fixity.rot_lately, now=clock.now())) == 0


def test_a_scan_that_rotted_is_set_aside_and_can_come_again(
    store: HubStore, blobs: BlobFolder, clock: HandClock
) -> None:
    whole, rotten = blobs.put(b"a scan"), blobs.put(b"another")
    blobs.path(rotten).write_bytes(b"anothor")
    blobs.append("ab" * 32, b"half", owner="one", offset=0, size=9)

    asyncio.run(look_through(store, blobs, clock))
    asyncio.run(look_through(store, blobs, clock))

    assert kinds(store) == ["blob-rotten"]
    assert (blobs.has(whole), blobs.has(rotten)) == (True, False)
    assert blobs.put(b"another") == rotten
    assert blobs.has(rotten)


def test_damaged_pages_of_the_database_are_told_to_the_doctor(tmp_path: Path, clock: HandClock) -> None:
    settings = HubSettings(folder=tmp_path)
    store = HubStore(settings.database)
    assert fixity.database_faults(settings.database) == []
    store.run_now(partial(fixity.note_faults, now=clock.now()))
    store.run_now(partial(fixity.note_faults, now=clock.now()))
    assert kinds(store) == ["database-rotten"]
    assert store.read_now(partial(fixity.rot_lately, now=clock.now())) == 1
    store.close()
    path = tmp_path / "hub.db"
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    assert fixity.database_faults(settings.database) != []


def test_the_doctor_tells_what_the_night_found(tmp_path: Path, clock: HandClock) -> None:
    settings = HubSettings(folder=tmp_path)
    store = HubStore(settings.database)
    store.run_now(partial(replica.begin, incarnation="01HUB"))
    store.close()
    assert _fixity(settings, clock).state == "ok"
    store = HubStore(settings.database)
    store.run_now(partial(fixity.note_faults, now=clock.now()))
    store.close()
    assert _fixity(settings, clock).state == "fail"
    clock.move(days=8)
    assert _fixity(settings, clock).state == "ok"


def _fixity(settings: HubSettings, clock: HandClock) -> Finding:
    return next(each for each in examine(settings, now=clock.now()) if each.check == "fixity")
