"""Scans of the simulated city: the real exchange of files between an office's folder and the hub's, over a bad line.

They are drawn apart from everything else of a seed: a city with scans lives through the same days as one without.
"""

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from random import Random
from typing import Any

import msgspec

from central_hub.node_gateway import commands, queries
from central_hub.node_gateway.model import Speaker
from edge_node.case_register import commands as register
from edge_node.case_register.model import Actor, CaseErased, CaseNotHere, IllegalStep
from sync.replication import blob_rows, erasure, messages
from sync.replication.blob_exchange import BlobExchange
from sync.replication.blob_rows import PendingBlob
from sync.replication.blobs import CHUNK_BYTES, BlobFolder
from sync.replication.identity import RequestToSign
from sync.replication.transport import HeldBlob, SessionLost, Unreachable
from sync.storage import Transaction
from sync.vocabulary.errors import NotFound
from sync.vocabulary.ids import CaseId, StaffId
from tests.simulation.city import City
from tests.simulation.days import Days
from tests.simulation.machine import DiskFull
from tests.simulation.network import Network, Request
from tests.simulation.office import SimulatedOffice
from tests.support.clock import SeededIds

SCAN_BYTES = CHUNK_BYTES + 1000  # two chunks: there is something to go on with
SCANNED = 0.1  # how likely an office scans in a step
GARBLED = 0.1  # how likely a chunk is read wrongly from the disk, and signed so
QUOTA_BYTES = 2 * SCAN_BYTES  # what an office keeps before it makes room
STEPS_MAX = 40  # of one office in one round
ROUNDS_MAX = 5


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a file under way, and how much of it the hub holds."""

    content: bytes = b""
    held: int = 0
    is_whole: bool = False


class HubFiles:
    """The hub's folder, and what its controllers do with it."""

    def __init__(self, folder: BlobFolder) -> None:
        self.folder = folder

    def answer(self, machine: Any, speaker: Speaker, request: Request, *, now: datetime) -> Chunk:
        """Raises NotFound, and what `BlobFolder.append` does."""
        sha256, _, rest = request.target.removeprefix("/blobs/").partition("?")
        if not machine.read(partial(queries.may_bring_blob, sha256=sha256, speaker=speaker)):
            raise NotFound(what="blob")
        if request.method == "PATCH":
            offset, size = (int(each.partition("=")[2]) for each in rest.split("&"))
            content = messages.decode(request.body, Chunk).content
            held = self.folder.append(sha256, content, owner=speaker.node_id, offset=offset, size=size)
            if self.folder.has(sha256):
                machine.run(partial(commands.keep_blob, sha256=sha256, size=held, now=now))
            return Chunk(held=held, is_whole=self.folder.has(sha256))
        is_whole = machine.read(partial(queries.has_blob, sha256=sha256)) and self.folder.has(sha256)
        return Chunk(held=self.folder.held(sha256, owner=speaker.node_id), is_whole=is_whole)


class OfficeFiles:
    """One office's folder and its line for files: what the real exchange takes for its transport."""

    def __init__(self, city: City, office: SimulatedOffice) -> None:
        self.office, self._city = office, city
        self.random = Random(f"{city.seed} files of {office.office_id}")
        self._ids = SeededIds(office.clock, self.random.getrandbits(32))
        self._by = Actor(staff_id=StaffId(f"scanner-{office.office_id}"), office_id=office.office_id)
        self.folder = BlobFolder(office.machine.path.parent / "blobs")
        self._network = Network(self.random, weather=city.weather, journal=city.journal)
        self._begin_session()

    def _begin_session(self) -> None:
        """Nothing of the exchange outlives a power cut."""
        self._store = self.office.machine.store
        transport: Any = self
        self._exchange = BlobExchange(
            store=self._store, transport=transport, folder=self.folder, clock=self.office.clock, nonce=self._nonce
        )

    def scan(self) -> tuple[str, str] | None:
        """A clerk hangs a scan on a case: which case, and the hash, once that was answered."""
        cases = self.office.case_ids()
        if not cases:
            return None
        case_id, sha256 = self.random.choice(cases), self.folder.put(self.random.randbytes(SCAN_BYTES))
        with suppress(IllegalStep, CaseNotHere, CaseErased, DiskFull):
            self.office.machine.guarded(partial(self._attach, case_id=case_id, sha256=sha256))
            return case_id, sha256
        return None

    def _attach(self, tx: Transaction, *, case_id: str, sha256: str) -> None:
        now = self.office.clock.now()
        blob_rows.make_room(tx, self.folder, wanted_bytes=SCAN_BYTES, quota_bytes=QUOTA_BYTES, now=now)
        blob = PendingBlob(sha256=sha256, size=SCAN_BYTES, media_type="image/png")
        blob_rows.queue_upload(tx, blob, lane="case", now=now)
        register.attach(
            tx,
            case_id=CaseId(case_id),
            attachments={self._ids.new(): {"sha256": sha256, "size": SCAN_BYTES, "media_type": "image/png"}},
            facts={"scan_kind": "application", "pages": 1},
            by=self._by,
            now=now,
            ids=self._ids,
        )

    def send(self) -> None:
        """Bring the hub what waits, as far as the line lets it."""
        if self._store is not self.office.machine.store:
            self._begin_session()
        for _ in range(STEPS_MAX):
            if self.office.line.engine.nonce is None or self.office.backlog() or not self._is_due():
                return
            try:
                asyncio.run(self._exchange.send_step())
            except (Unreachable, SessionLost):
                return

    def send_all(self) -> None:
        """The same, and what the hub refused a moment ago is offered again."""
        self._begin_session()
        self.send()

    def _is_due(self) -> bool:
        aside = self._exchange._set_aside
        return self.office.machine.read(partial(blob_rows.next_upload, set_aside=aside)) is not None

    # -- the transport -----------------------------------------------------------------------------------------------

    async def held_blob(self, sha256: str, *, nonce: str) -> HeldBlob:
        told = self._ask("HEAD", f"/blobs/{sha256}", b"", nonce=nonce)
        return HeldBlob(offset=told.held, is_whole=told.is_whole)

    async def send_blob_chunk(self, sha256: str, chunk: bytes, *, nonce: str, offset: int, size: int) -> HeldBlob:
        if not self._city.network.is_kind and self.random.random() < GARBLED:
            self._city.journal.note("fault", "garbled", sha256)
            chunk = bytes([chunk[0] ^ 1]) + chunk[1:]
        body = messages.encode(Chunk(content=chunk))
        told = self._ask("PATCH", f"/blobs/{sha256}?offset={offset}&size={size}", body, nonce=nonce)
        return HeldBlob(offset=told.held, is_whole=told.is_whole)

    def _ask(self, method: str, target: str, body: bytes, *, nonce: str) -> Chunk:
        common, line = self._city.network, self.office.line
        self._network.is_kind = common.is_kind
        if common.is_cut(self.office.office_id):
            raise Unreachable("cut")
        covered = RequestToSign(method=method, target=target, body=body, nonce=nonce).covered()
        request = Request(
            office_id=self.office.office_id,
            node_id=self.office.node_id,
            method=method,
            target=target,
            nonce=nonce,
            protocol=line.engine.protocol,
            body=body,
            signature=self.office.key.sign(covered),
        )
        return messages.decode(self._network.carry(request, self._city.hub.answer), Chunk)

    def _nonce(self) -> str:
        nonce = self.office.line.engine.nonce
        if nonce is None:
            raise SessionLost("not greeted yet")
        return nonce


class DaysWithFiles(Days):
    """Days on which clerks scan, too."""

    def __init__(self, city: City) -> None:
        super().__init__(city)
        city.weather = msgspec.structs.replace(
            city.weather, retired=0.0
        )  # its scans go with a machine that is replaced
        city.hub.files = HubFiles(BlobFolder(city.hub.machine.path.parent / "hub-blobs"))
        self.files = [OfficeFiles(city, office) for office in city.offices]
        self.scans: dict[str, str] = {}  # hash → the case it hangs on

    def _step(self) -> None:
        super()._step()
        for each in self.files:
            if each.random.random() < SCANNED and (scanned := each.scan()) is not None:
                self.scans[scanned[1]] = scanned[0]
            each.send()

    def heal(self) -> None:
        super().heal()
        for _ in range(ROUNDS_MAX):
            for each in self.files:
                each.send_all()
            super().heal()

    def _compare(self) -> None:
        self._delete_files()
        super()._compare()
        self._delete_files()  # of what was found and erased again

    def _delete_files(self) -> None:
        for each in self.files:
            each.office.machine.surely(partial(erasure.delete_files, folder=each.folder))

    def inspect(self) -> None:
        super().inspect()
        self._report("16-files-are-whole", list(self._unwhole()))

    def _unwhole(self) -> Iterator[str]:
        """16: the hub holds the bytes of every scan that a case names before anybody lets go of them, and no others."""
        folder, ledger = self.city.hub.files.folder, self.city.ledger
        for case_id, view in sorted(self.city.hub_views().items()):
            for attachment in view.attachments.values():
                sha256 = str(attachment["sha256"])
                if case_id not in ledger.erased and not _is_whole(folder, sha256):
                    yield f"the hub lacks {sha256} of {case_id}"
        for sha256, case_id in sorted(self.scans.items()):
            if folder.has(sha256) and not _is_whole(folder, sha256):
                yield f"the hub holds other bytes as {sha256}"
            if case_id in ledger.erased and any(each.folder.has(sha256) for each in self.files):
                yield f"{sha256} of {case_id} outlived its erasure"


def _is_whole(folder: BlobFolder, sha256: str) -> bool:
    return folder.has(sha256) and hashlib.sha256(folder.path(sha256).read_bytes()).hexdigest() == sha256
