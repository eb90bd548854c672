"""hello, push, pull, checkout, live."""

import asyncio
from functools import partial
from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from msgspec.structs import replace

from central_hub.directory.commands import log_access
from central_hub.node_gateway import commands, queries
from central_hub.node_gateway.controllers.authentication import (
    AnyRequest,
    as_speaker,
    late_speaker,
    nonce_of,
    signing_node,
    speaker,
)
from central_hub.node_gateway.model import (
    ChainForked,
    LiveOffices,
    Merger,
    ProtocolMismatch,
    Sessions,
    Speaker,
    Waiters,
)
from central_hub.storage import HubStore, replica
from sync.ambient import Clock, Ids
from sync.replication import messages
from sync.replication.authority import AuthorityKeeper
from sync.replication.messages import (
    OPERATIONS_MAX,
    PROTOCOL,
    PULL_ITEMS_MAX,
    PULL_WAIT_SECONDS,
    PUSH_BYTES_MAX,
    SMALL_BYTES_MAX,
    CheckoutAnswer,
    CheckoutRequest,
    HelloRequest,
    PushRequest,
)
from sync.vocabulary.errors import Forbidden, NotFound
from sync.vocabulary.live import LiveState
from sync.web.live import broadcaster_of
from sync.web.passwords import Throttle

PUSH_BODY_BYTES_MAX = PUSH_BYTES_MAX + (256 << 10)  # the headers of 500 operations beside their bytes
DOCUMENT_ID_LETTERS_MAX = 64
CURSOR_MAX = 2**63 - 1  # as large as a database counts
LIVE_TOPIC = "offices"


class SyncController(Controller):
    """What a node says and hears; the messages are msgpack under zstd, see sync/replication/messages.py."""

    path = "/sync"
    include_in_schema = False
    dependencies = {"speaker": Provide(speaker)}  # noqa: RUF012 - Litestar reads it off the class

    @post("/hello", status_code=200)
    async def hello(
        self,
        *,
        request: AnyRequest,
        store: NamedDependency[HubStore],
        node_sessions: NamedDependency[Sessions],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
        authority: NamedDependency[AuthorityKeeper | None],
    ) -> Response[bytes]:
        """Open a session where the node may speak: the nonce of what follows, and where chain and feed stand."""
        node = await signing_node(request, store, clock)
        hello = messages.decode(await request.body(), HelloRequest, bytes_max=SMALL_BYTES_MAX)
        if hello.node_id != node.node_id:
            raise Forbidden
        if request.headers.get("Vikno-Protocol") != str(hello.protocol):
            raise ProtocolMismatch(protocol=PROTOCOL)
        node_sessions.hear_hello(node_id=node.node_id, nonce=nonce_of(request))
        now = clock.now()
        node_sessions.requests.spend(node.node_id, count=1, now=now)
        who = as_speaker(node, hello.incarnation, protocol=hello.protocol)
        answer = await store.run(partial(commands.greet, speaker=who, hello=hello, now=now))
        heard = commands.for_protocol(answer, hello.protocol)
        if heard.status not in commands.OPENS_SESSION:
            return _answer(heard)
        nonce = ids.new()
        node_sessions.open(node_id=node.node_id, incarnation=hello.incarnation, nonce=nonce, now=now)
        announced = () if authority is None else authority.standing.announced
        return _answer(replace(heard, nonce=nonce, authorities=announced))

    @post(
        "/push",
        status_code=200,
        request_max_body_size=PUSH_BODY_BYTES_MAX,
        dependencies={"speaker": Provide(late_speaker)},
    )
    async def push(
        self,
        *,
        request: AnyRequest,
        speaker: NamedDependency[Speaker],
        store: NamedDependency[HubStore],
        clock: NamedDependency[Clock],
        merger: NamedDependency[Merger],
        node_sessions: NamedDependency[Sessions],
    ) -> Response[bytes]:
        """Append a stretch of the node's chain; answered when it is durable, merged behind."""
        pushed = messages.decode(await request.body(), PushRequest)
        if pushed.incarnation != speaker.incarnation:
            raise Forbidden
        now = clock.now()
        node_sessions.operations.spend(speaker.node_id, count=min(len(pushed.operations), OPERATIONS_MAX), now=now)
        structure = await asyncio.to_thread(commands.structure_of, pushed)
        push = partial(commands.push, speaker=speaker, request=pushed, now=now, structure=structure)
        try:
            answer = await store.run(push)
        except ChainForked:
            await store.run(partial(commands.note_fork, speaker=speaker, now=now))
            raise
        await merger.appended()
        return _answer(answer)

    @get("/pull")
    async def pull(
        self,
        *,
        speaker: NamedDependency[Speaker],
        store: NamedDependency[HubStore],
        waiters: NamedDependency[Waiters],
        cursor: Annotated[int, QueryParameter(ge=0, le=CURSOR_MAX)] = 0,
        limit: Annotated[int, QueryParameter(ge=1, le=PULL_ITEMS_MAX)] = PULL_ITEMS_MAX,
        wait: Annotated[int, QueryParameter(ge=0, le=PULL_WAIT_SECONDS)] = 0,
        refetch: Annotated[str | None, QueryParameter(max_length=DOCUMENT_ID_LETTERS_MAX)] = None,
    ) -> Response[bytes]:
        """What the node has not heard; waits until there is something, at most ``wait`` seconds; or its scope whole."""
        if refetch is not None:
            wait = 0
        read = partial(queries.pull, speaker=speaker, cursor=cursor, limit=limit, refetch=refetch)
        woken = waiters.enlist(speaker.scopes)
        try:
            async with asyncio.timeout(wait or None):
                while not (answer := await store.read(read)).items and wait and not waiters.is_closing:
                    await woken.wait()
                    woken.clear()
        except TimeoutError:
            answer = await store.read(read)
        finally:
            waiters.dismiss(woken)
        return _answer(answer)

    @post("/documents", status_code=200)
    async def check_out(
        self,
        request: AnyRequest,
        speaker: NamedDependency[Speaker],
        store: NamedDependency[HubStore],
        clock: NamedDependency[Clock],
        checkouts: NamedDependency[Throttle],
    ) -> Response[bytes]:
        """Grant one case to the node by number and second factor; wrong ones slow the node down.

        Every try counts from its beginning, so many at once are no way round; a right one wipes the slate only where
        the office did not read the case yet, so one's own cases are no way round either.
        """
        now = clock.now()
        checkouts.attempt(account="checkout", device=speaker.node_id, now=now)
        asked = messages.decode(await request.body(), CheckoutRequest, bytes_max=SMALL_BYTES_MAX)
        try:
            found = await store.read(partial(commands.recognise, request=asked))
        except NotFound:
            denied = partial(
                log_access,
                actor_id=speaker.node_id,
                office_id=speaker.office_id,
                action="check_out_denied",
                subject=speaker.office_id,
                now=now,
            )
            await store.run(denied)
            raise
        readers = await store.read(partial(replica.scopes_of, document_id=found.case_id))
        item = await store.run(partial(commands.check_out, speaker=speaker, found=found, now=now))
        if readers.isdisjoint(speaker.scopes):
            checkouts.succeeded(account="checkout", device=speaker.node_id)
        return _answer(CheckoutAnswer(item=item))

    @put("/live", status_code=204)
    async def live(
        self,
        request: AnyRequest,
        speaker: NamedDependency[Speaker],
        store: NamedDependency[HubStore],
        live_offices: NamedDependency[LiveOffices],
        clock: NamedDependency[Clock],
    ) -> None:
        """What the office looks like this minute; kept in memory."""
        state = messages.decode(await request.body(), LiveState, bytes_max=SMALL_BYTES_MAX)
        if state.office_id != speaker.office_id:
            raise Forbidden
        now = clock.now()
        if live_offices.hear(state, now=now):
            await store.run(partial(queries.mark_seen, node_id=speaker.node_id, now=now))
        broadcaster_of(request).publish(LIVE_TOPIC)


def _answer(message: msgspec.Struct) -> Response[bytes]:
    return Response(messages.encode(message), media_type=messages.MEDIA_TYPE)
