"""The loops that keep a node in touch with the hub: greet and push, pull, live state; each heals by itself.

A line that is cut is normal here: it is said once when it goes and once when it comes back.
"""

import asyncio
import base64
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

import msgspec
import stamina

from sync.ambient import Clock, Ids
from sync.replication import inbox, messages, refetch
from sync.replication.blob_exchange import BlobExchange
from sync.replication.blob_rows import PendingBlob
from sync.replication.blobs import BlobFolder
from sync.replication.engine import Effect, Engine, NodeState, UpgradeNeeded
from sync.replication.identity import covered_key
from sync.replication.inbox import Projection
from sync.replication.keys import KeyRing
from sync.replication.messages import (
    CheckoutAnswer,
    CheckoutRequest,
    HealAnswer,
    HealRequest,
    HelloAnswer,
    HelloRequest,
    KeyRequest,
    PullAnswer,
    PullItem,
    PushAnswer,
    PushRequest,
)
from sync.replication.outbox import OperationRecorded
from sync.replication.transport import (
    TOO_MANY,
    Distrusted,
    HubRefusal,
    Later,
    SessionLost,
    TooLarge,
    Transport,
    Unreachable,
)
from sync.storage import Store, link, quarantine, replica
from sync.vocabulary.live import LiveState

IDLE_SECONDS = 1.0  # how long the push loop sleeps when nobody wakes it
LIVE_SECONDS = 2.0
LEASE_CHECK_SECONDS = 3600.0  # greet again that often, so that ranges of numbers are topped up
GREET_AGAIN_SECONDS = 1.0  # a hub that goes on refusing after a greeting is not asked in a tight circle
LATER_STRETCH = 1.25  # not every office at the same moment
FORBIDDEN = 403
WHOLE_MAX = 20  # documents asked for as a whole after one greeting
SYNCED_NOTE_SECONDS = 10.0  # how often "last synchronised" is written down while all goes well

_log = logging.getLogger(__name__)


class LinkHealth(msgspec.Struct):
    """Where the line stands, for the header of every page."""

    is_online: bool = False
    synced_at: datetime | None = None
    offline_since: datetime | None = None
    is_upgrade_needed: bool = False
    distrust: str | None = None  # why whoever answers is not believed to be the hub
    frozen: str | None = None


class HubClient:
    """Keeps ``store`` in step with the hub until cancelled."""

    def __init__(
        self,
        *,
        store: Store,
        transport: Transport,
        engine: Engine,
        project: Projection,
        clock: Clock,
        ids: Ids,
        blob_folder: BlobFolder,
    ) -> None:
        self._store = store
        self._transport = transport
        self._engine = engine
        self.project = project
        self._clock, self._ids = clock, ids
        self._wake = asyncio.Event()
        self._greeted = asyncio.Event()
        self._may_tell = asyncio.Event()  # also in the last session of a retired node, which may ask nothing
        self._noted_at: datetime | None = None
        self.retry_seconds_max = 30.0
        self.keys: KeyRing | None = None
        self.blobs = BlobExchange(store=store, transport=transport, folder=blob_folder, clock=clock, nonce=self._nonce)
        self.health = LinkHealth()
        store.subscribe(OperationRecorded, lambda _: self._wake.set())

    async def run(self, *, live_state: Callable[[], Awaitable[LiveState]]) -> None:
        """Push, pull, send blobs and tell the live state until cancelled."""
        link = await self._store.read(replica.link)
        self.health.synced_at, self.health.offline_since = link.synced_at, link.offline_since
        self.health.frozen = link.frozen
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(self._push_once))
            group.create_task(self._repeat(self._pull_once))
            group.create_task(self._repeat(self._send_blobs))
            group.create_task(self._repeat(partial(self._tell_live, live_state)))
            group.create_task(self._greet_again_hourly())

    async def exchange(self) -> None:
        """Push and pull until cancelled, and nothing else: for a command beside the running node."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(self._push_once))
            group.create_task(self._repeat(self._pull_once))

    async def greeted(self) -> None:
        """Wait until the hub knows this session."""
        await self._greeted.wait()

    async def checkout(self, request: CheckoutRequest) -> PullItem:
        """Fetch one case by its number and second factor, and keep it.

        Raises:
            Unreachable: the hub cannot be asked now.
            HubRefusal: no such case, or a wrong factor.
        """
        try:
            answer = await self._ask("POST", "/sync/documents", request, CheckoutAnswer)
        except SessionLost as lost:  # the push loop greets anew; the clerk asks again in a moment
            raise Unreachable("session lost") from lost
        await self._store.run(partial(inbox.receive_one, item=answer.item, project=self.project, now=self._clock.now()))
        return answer.item

    async def fetch_blob(self, blob: PendingBlob) -> None:
        """Fetch one blob that the hub holds; raises as ``BlobExchange.fetch``, and never SessionLost."""
        try:
            await self.blobs.fetch(blob)
        except SessionLost as lost:
            raise Unreachable("session lost") from lost

    async def replace_key(self) -> None:
        """Greet, and let another key speak for this node from now on; not while ``run`` runs in this process.

        Raises:
            Unreachable: whether the hub heard is not known; asked again, or at the node's next greeting, it is.
            HubRefusal: the hub takes no other key, or does not speak with this node.
        """
        state = await self._store.read(inbox.node_state)
        if self.keys is None or state.link.frozen is not None:
            raise HubRefusal(FORBIDDEN, state.link.frozen or "no-key")
        await self._greet(state)
        key = self.keys.prepare_next()
        proof = key.sign(covered_key(node_id=state.stream.node_id, public_key=key.public_key))
        await self.tell("POST", "/sync/key", KeyRequest(public_key=key.public_key, proof=proof))
        self.keys.replaced()

    async def ask(
        self, method: str, target: str, *, message: msgspec.Struct | None, answer: type[messages.M]
    ) -> messages.M:
        """The hub's answer, for who waits for it; raises as ``checkout`` does."""
        try:
            return await self._transport.ask(method, target, nonce=self._nonce(), message=message, answer=answer)
        except SessionLost as lost:
            raise Unreachable("session lost") from lost

    async def tell(self, method: str, target: str, message: msgspec.Struct) -> None:
        """Say something that has no answer; raises as ``checkout`` does."""
        try:
            await self._transport.call(method, target, nonce=self._nonce(), message=message)
        except SessionLost as lost:
            raise Unreachable("session lost") from lost

    async def _ask(self, method: str, target: str, message: msgspec.Struct, answer: type[messages.M]) -> messages.M:
        return await self._transport.ask(method, target, nonce=self._nonce(), message=message, answer=answer)

    def _nonce(self) -> str:
        if self._engine.nonce is None:
            raise SessionLost("not greeted yet")
        return self._engine.nonce

    async def _repeat(self, step: Callable[[], Awaitable[None]]) -> None:
        """``step`` for ever; after a failure with growing, jittered pauses until it succeeds."""
        while True:
            caller = stamina.AsyncRetryingCaller(
                attempts=None, timeout=None, wait_initial=0.5, wait_max=self.retry_seconds_max, wait_jitter=1.0
            )
            await caller(Unreachable, self._guarded, step)

    async def _guarded(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except SessionLost:
            self._greet_again()
            await asyncio.sleep(GREET_AGAIN_SECONDS)
        except HubRefusal as refusal:  # revoked, or a bug on one side: slow down, keep the office going
            _log.warning("the hub refused: %s", refusal)
            raise Unreachable(refusal.code) from refusal
        except Later as later:
            _log.info("the hub asks to come later: %s", later)
            if later.status != TOO_MANY:
                await self._note_offline()
            await asyncio.sleep(later.seconds * secrets.SystemRandom().uniform(1.0, LATER_STRETCH))
        except Unreachable as silence:
            await self._note_distrust(silence.code if isinstance(silence, Distrusted) else None)
            await self._note_offline()
            raise

    async def _push_once(self) -> None:
        self._wake.clear()
        state = await self._store.read(inbox.node_state)
        self.health.frozen = state.link.frozen
        match self._engine.next_request(state, now=self._clock.now()):
            case HelloRequest():
                await self._greet(state)
                if self._engine.nonce is None:
                    return
            case PushRequest() as push:
                try:
                    await self._push_on(push, state)
                except TooLarge:
                    self._engine.on_too_large()
                    return
            case None:
                await self._rest()
                return
        await self._note_synced()

    async def _push_on(self, push: PushRequest, state: NodeState) -> None:
        """Push until nothing waits: while the hub takes a stretch, the one before it is settled and the next read."""
        settled: list[Effect] = []
        while True:
            aside = asyncio.create_task(self._settle_and_read(settled, after=push.operations[-1].oseq))
            try:
                pushed = await self._ask("POST", "/sync/push", push, PushAnswer)
            finally:
                following = await aside
            settled = self._engine.on_push(pushed, state)
            request = self._engine.next_request(following, now=self._clock.now())
            if not isinstance(request, PushRequest):
                await self._carry_out(settled)
                return
            push, state = request, following

    async def _settle_and_read(self, settled: list[Effect], *, after: int) -> NodeState:
        if settled:
            await self._carry_out(settled)
        return await self._store.read(partial(inbox.node_state, after=after))

    async def _greet(self, state: NodeState) -> None:
        """Greet until the hub opens a session, freezes this node, or wants it upgraded (Unreachable)."""
        if self.keys is not None:
            self.keys.take_up()
        hello = self._engine.next_request(state, now=self._clock.now())
        nonce = base64.urlsafe_b64encode(secrets.token_bytes(18)).decode()
        self._transport.protocol = self._engine.protocol
        try:
            greeted = await self._transport.ask("POST", "/sync/hello", nonce=nonce, message=hello, answer=HelloAnswer)
        except SessionLost as lost:  # refused at the door: no use in knocking faster
            if self.keys is not None and str(lost) == "signature-wrong":
                self.keys.refused()
            raise HubRefusal(FORBIDDEN, str(lost)) from lost
        if self.keys is not None:
            self.keys.accepted()
        await asyncio.to_thread(self._transport.hear_authorities, greeted.authorities)
        effects = self._engine.on_hello(greeted, state)
        await self._carry_out(effects)
        self.health.is_upgrade_needed = UpgradeNeeded() in effects
        if self.health.is_upgrade_needed:
            raise Unreachable("upgrade")
        if self._engine.nonce is None:
            _log.warning("the hub greeted with: %s", greeted.status)
            await asyncio.sleep(GREET_AGAIN_SECONDS)
            return
        self._may_tell.set()
        if self._engine.is_parting:
            self._greeted.clear()
            return
        self._greeted.set()
        await self._ask_for_refused()

    async def _carry_out(self, effects: list[Effect]) -> None:
        command = partial(inbox.carry_out, effects=effects, ids=self._ids, now=self._clock.now())
        await self._store.run(command)

    async def _ask_for_refused(self) -> None:
        """Ask as a whole for documents of which something could not be taken."""
        for document_id in (await self._store.read(quarantine.refused_documents))[:WHOLE_MAX]:
            request = HealRequest(document_id=document_id, snapshot=b"")
            item = (await self._ask("POST", "/sync/heal", request, HealAnswer)).item
            if item is not None:
                take = partial(inbox.receive_whole, item=item, project=self.project, now=self._clock.now())
                await self._store.run(take)

    async def _ask_for_doubted(self) -> None:
        """Ask of documents that a restored hub did not tell whether it knows them."""
        for document_id in await self._store.read(partial(link.doubted, limit=WHOLE_MAX)):
            request = HealRequest(document_id=document_id, snapshot=b"")
            answer = await self._ask("POST", "/sync/heal", request, HealAnswer)
            settle = partial(refetch.settle_doubt, document_id=document_id, answer=answer, project=self.project)
            await self._store.run(settle)

    async def _send_blobs(self) -> None:
        await self._may_tell.wait()
        await self.blobs.send_step()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _pull_once(self) -> None:
        await self._greeted.wait()
        asked = await self._store.read(replica.link)
        target = refetch.pull_target(asked)
        answer = await self._transport.ask("GET", target, nonce=self._nonce(), message=None, answer=PullAnswer)
        if answer.hub_incarnation != asked.hub_incarnation:
            raise SessionLost("another hub")
        now = self._clock.now()
        await self._store.run(
            partial(refetch.receive, answer=answer, asked=asked, project=self.project, ids=self._ids, now=now)
        )
        await self._ask_for_doubted()
        await self._note_synced()

    async def _tell_live(self, live_state: Callable[[], Awaitable[LiveState]]) -> None:
        await self._greeted.wait()
        state = await live_state()
        await self._transport.call("PUT", "/sync/live", nonce=self._nonce(), message=state)
        await self._note_synced()
        await asyncio.sleep(LIVE_SECONDS)

    async def _greet_again_hourly(self) -> None:
        while True:
            await asyncio.sleep(LEASE_CHECK_SECONDS)
            self._greet_again()

    def _greet_again(self) -> None:
        self._engine.on_session_lost()
        self._greeted.clear()
        self._may_tell.clear()
        self._wake.set()

    async def _note_synced(self) -> None:
        now = self._clock.now()
        if not self.health.is_online:
            _log.info("the line to the hub is up")
        is_stale = self._noted_at is None or (now - self._noted_at).total_seconds() >= SYNCED_NOTE_SECONDS
        if is_stale or not self.health.is_online:
            self._noted_at = now
            await self._store.run(partial(replica.mark_synced, at=now))
        self.health.is_online, self.health.synced_at, self.health.offline_since = True, now, None
        self.health.distrust = None

    async def _note_distrust(self, code: str | None) -> None:
        """Whoever answers is not the hub, or its certificate has ended: a person must look."""
        if code is not None and code != self.health.distrust:
            _log.error("who answers as the hub is not believed: %s", code)
            now = self._clock.now()
            await self._store.run(partial(quarantine.raise_alarm, kind="hub-untrusted", subject=code, now=now))
        self.health.distrust = code

    async def _note_offline(self) -> None:
        if not self.health.is_online and self.health.offline_since is not None:
            return
        now = self._clock.now()
        _log.warning("the line to the hub is down")
        await self._store.run(partial(replica.mark_offline, since=now))
        self.health.is_online, self.health.offline_since = False, self.health.offline_since or now
