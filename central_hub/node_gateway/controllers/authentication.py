"""Whose signature a request bears."""

import base64
import binascii
import hashlib
from functools import partial

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from central_hub.node_gateway import commands, queries
from central_hub.node_gateway.model import (
    Node,
    NodeForked,
    NodeRetired,
    NodeUnknown,
    ProtocolMismatch,
    Sessions,
    Speaker,
)
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.replication.identity import (
    NODE_HEADER,
    NONCE_HEADER,
    PROTOCOL_HEADER,
    SIGNATURE_HEADER,
    SignatureWrong,
    covered_request,
    verify,
)
from sync.replication.messages import PROTOCOLS

AnyRequest = Request[object, object, State]

NONCE_LETTERS_MAX = 64
SPOKEN = frozenset(str(protocol) for protocol in PROTOCOLS)


async def signing_node(request: AnyRequest, store: HubStore, clock: Clock, *, body_sha256: str | None = None) -> Node:
    """The enrolled node whose key signed this request; by ``body_sha256`` before the body was read.

    The key before that one raises an alarm, where the node has done with it.

    Raises:
        NodeUnknown: no such node is enrolled.
        SignatureWrong: not its signature, or not over this request.
    """
    if body_sha256 is None:
        body_sha256 = hashlib.sha256(await request.body()).hexdigest()
    found = await _named_node(request, store)
    signature, covered = _signature(request), _covered(request, body_sha256)
    try:
        verify(found.public_key, signature, covered)
    except SignatureWrong:
        now = clock.now()
        if found.has_done_with_previous(now=now) and _is_signed(found.previous_key, signature, covered):
            await store.run(partial(commands.note_previous_key, node=found, now=now))
        raise
    return found


def _is_signed(public_key: bytes | None, signature: bytes, covered: bytes) -> bool:
    try:
        verify(public_key or b"", signature, covered)
    except SignatureWrong:
        return False
    return True


async def _named_node(request: AnyRequest, store: HubStore) -> Node:
    found = await store.read(partial(queries.node, node_id=request.headers.get(NODE_HEADER, "")))
    if found is None:
        raise NodeUnknown
    return found


def _covered(request: AnyRequest, body_sha256: str) -> bytes:
    nonce = nonce_of(request)
    return covered_request(method=request.method, target=_target(request), body_sha256=body_sha256, nonce=nonce)


async def speaker(
    request: AnyRequest,
    store: NamedDependency[HubStore],
    node_sessions: NamedDependency[Sessions],
    clock: NamedDependency[Clock],
) -> Speaker:
    """The node that speaks, in the incarnation that said hello for the request's nonce.

    Raises:
        NonceExpired: say hello again.
        ProtocolMismatch: it speaks another version.
        NodeRetired: it may not speak any more.
        NodeForked: not in this incarnation.
        TooManyRequests: it asks more than any office does.
        NodeUnknown, SignatureWrong: as ``signing_node``.
    """
    node = await signing_node(request, store, clock)
    if node.retired_at is not None:
        raise NodeRetired
    return _in_session(request, node, node_sessions, clock)


async def late_speaker(
    request: AnyRequest,
    store: NamedDependency[HubStore],
    node_sessions: NamedDependency[Sessions],
    clock: NamedDependency[Clock],
) -> Speaker:
    """The same, or a retired node, of which what came before its cut-off is still taken."""
    return _in_session(request, await signing_node(request, store, clock), node_sessions, clock)


async def blob_bringer(
    sha256: FromPath[str],
    request: AnyRequest,
    store: NamedDependency[HubStore],
    node_sessions: NamedDependency[Sessions],
    clock: NamedDependency[Clock],
) -> Speaker:
    """As ``late_speaker``, for a body that is to be the blob of the address: who may not speak, sends it in vain."""
    return _in_session(request, await signing_node(request, store, clock, body_sha256=sha256), node_sessions, clock)


async def replacing_speaker(
    request: AnyRequest, store: HubStore, node_sessions: Sessions, clock: Clock, *, public_key: bytes
) -> Speaker:
    """The node that asks for ``public_key`` to be its own; once it is, its previous key may ask so again."""
    node = await _named_node(request, store)
    covered = _covered(request, hashlib.sha256(await request.body()).hexdigest())
    is_replaced = node.public_key == public_key and node.previous_key is not None
    if not (is_replaced and _is_signed(node.previous_key, _signature(request), covered)):
        verify(node.public_key, _signature(request), covered)
    if node.retired_at is not None:
        raise NodeRetired
    return _in_session(request, node, node_sessions, clock)


def _in_session(request: AnyRequest, node: Node, node_sessions: Sessions, clock: Clock) -> Speaker:
    if request.headers.get(PROTOCOL_HEADER) not in SPOKEN:
        raise ProtocolMismatch(protocol=PROTOCOLS[-1])
    now = clock.now()
    incarnation = node_sessions.incarnation(node_id=node.node_id, nonce=nonce_of(request), now=now)
    node_sessions.requests.spend(node.node_id, count=1, now=now)
    if incarnation in node.ended:
        raise NodeForked
    return as_speaker(node, incarnation, protocol=int(request.headers[PROTOCOL_HEADER]))


def as_speaker(node: Node, incarnation: str, *, protocol: int) -> Speaker:
    return Speaker(
        node_id=node.node_id,
        office_id=node.office_id,
        public_key=node.public_key,
        incarnation=incarnation,
        protocol=protocol,
    )


def nonce_of(request: AnyRequest) -> str:
    """The nonce the request bears; raises SignatureWrong for none, or one no node would choose."""
    nonce = request.headers.get(NONCE_HEADER, "")
    if not 0 < len(nonce) <= NONCE_LETTERS_MAX:
        raise SignatureWrong
    return nonce


def _signature(request: AnyRequest) -> bytes:
    try:
        return base64.b64decode(request.headers.get(SIGNATURE_HEADER, ""), validate=True)
    except binascii.Error as error:
        raise SignatureWrong from error


def _target(request: AnyRequest) -> str:
    """Path and query as they were sent; not every server leaves the query out of the raw path."""
    raw_path = request.scope.get("raw_path") or request.scope["path"].encode()
    path, query = raw_path.decode("latin-1").partition("?")[0], request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path
