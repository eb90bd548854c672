"""A node greets: whether it may speak, how far the hub holds its chain, and numbers where it is running short."""

from datetime import datetime

from msgspec.structs import replace

from central_hub.node_gateway import queries
from central_hub.node_gateway.commands.leasing import lease_numbers
from central_hub.node_gateway.commands.well_formed import check_hello
from central_hub.node_gateway.model import FIRST_PROTOCOL, NodeForked, NodeRetired, NodeUnknown, Speaker
from central_hub.storage import replica, retention, streams
from central_hub.storage.replica import HubState
from central_hub.storage.streams import NodeStanding, Standing
from central_hub.storage.transaction import Transaction
from sync.replication.messages import PROTOCOLS, HelloAnswer, HelloRequest, HelloStatus

OPENS_SESSION: frozenset[HelloStatus] = frozenset({"ok", "hub_restored", "refetch", "revoked"})


def greet(tx: Transaction, *, speaker: Speaker, hello: HelloRequest, now: datetime) -> HelloAnswer:
    """The whole answer but for its nonce, which the caller draws where the status is one of ``OPENS_SESSION``.

    One incarnation of a node is alive: another one's first greeting ends those before it. What is acknowledged is only
    what the greeting proves to be the same chain: the node may be told less than the hub holds, and sends it again.

    Raises:
        NodeUnknown: it was never enrolled.
        InvalidInput: no node of ours greets so.
    """
    check_hello(hello)
    replica.lock(tx)  # one greeting at a time: two could lease the same range
    state = replica.current(tx)
    if hello.protocol not in PROTOCOLS:
        return _answer(state, "upgrade", now=now)
    node = streams.standing_node(tx, node_id=speaker.node_id)
    if node is None:
        raise NodeUnknown
    streams.hear_key(tx, node, public_key=speaker.public_key, now=now)
    standing = streams.standing(tx, node_id=node.node_id, incarnation=speaker.incarnation)
    if node.retired_at is not None:
        is_fork = standing is not None and _is_fork(tx, speaker, standing, hello)
        return _farewell(state, node, Standing() if standing is None or is_fork else standing, hello, now=now)
    retention.mark_day(tx, seq=state.seq, now=now)
    if standing is None and node.forked_at is None:
        standing = Standing()
    elif standing is None or _is_fork(tx, speaker, standing, hello):
        note_fork(tx, speaker=speaker, now=now)
        return _answer(state, "forked", now=now)
    elif hello.oseq < standing.oseq:
        return _answer(state, "rewound", now=now, acknowledged_oseq=standing.oseq)
    return _welcome(tx, speaker, standing, hello, now=now)


def note_fork(tx: Transaction, *, speaker: Speaker, now: datetime) -> None:
    """Two machines write as this node: neither is heard until it is enrolled anew; there is an alarm, once."""
    if streams.mark_forked(tx, node_id=speaker.node_id, incarnation=speaker.incarnation, now=now):
        replica.raise_alarm(tx, kind="forked", subject=speaker.node_id, office_id=speaker.office_id, now=now)


def for_protocol(answer: HelloAnswer, protocol: int) -> HelloAnswer:
    """The answer as a speaker of this protocol understands it: the first knows ``ok`` and ``upgrade`` alone.

    Raises:
        NodeForked, NodeRetired: it must not speak, and its protocol has no word for it.
    """
    if protocol != FIRST_PROTOCOL:
        return answer
    match answer.status:
        case "rewound" | "forked":
            raise NodeForked
        case "revoked":
            raise NodeRetired
        case "hub_restored":
            return replace(answer, status="ok")  # it tells by the hub's incarnation
        case "refetch":
            return replace(answer, status="upgrade")
        case "ok" | "upgrade":
            return answer


def _is_fork(tx: Transaction, speaker: Speaker, standing: Standing, hello: HelloRequest) -> bool:
    """Whether somebody else wrote under these numbers, or speaks for the node already."""
    if standing.ended_at is not None:
        return True
    if hello.oseq == standing.oseq:
        return hello.head_hash != standing.head_hash
    if hello.oseq < standing.oseq and _differs(tx, speaker, oseq=hello.oseq, head_hash=hello.head_hash):
        return True
    is_told = hello.protocol != FIRST_PROTOCOL and 0 < hello.acknowledged_oseq <= standing.oseq
    return is_told and _differs(tx, speaker, oseq=hello.acknowledged_oseq, head_hash=hello.acknowledged_hash)


def _differs(tx: Transaction, speaker: Speaker, *, oseq: int, head_hash: bytes) -> bool:
    return queries.hash_at(tx, speaker, oseq=oseq) not in {None, head_hash}


def _welcome(
    tx: Transaction, speaker: Speaker, standing: Standing, hello: HelloRequest, *, now: datetime
) -> HelloAnswer:
    state = replica.current(tx)
    streams.begin(tx, node_id=speaker.node_id, incarnation=speaker.incarnation, now=now)
    if standing.oseq >= standing.greeted_oseq:  # what it had made at an earlier greeting has come
        streams.remember_greeting(
            tx, node_id=speaker.node_id, incarnation=speaker.incarnation, oseq=hello.oseq, cursor=hello.cursor
        )
    queries.mark_seen(tx, node_id=speaker.node_id, now=now)
    answer = _answer(state, _status(state, standing, hello), now=now, acknowledged_oseq=_proven(standing, hello))
    if answer.status == "hub_restored":
        hello = replace(hello, numbers_left={})  # which it gives up at this word
    return replace(answer, leases=lease_numbers(tx, speaker=speaker, hello=hello, now=now))


def _status(state: HubState, standing: Standing, hello: HelloRequest) -> HelloStatus:
    is_another_hub = hello.hub_incarnation not in {None, state.incarnation}
    if is_another_hub or hello.acknowledged_oseq > standing.oseq:
        return "hub_restored"
    if not state.horizon <= hello.cursor <= state.seq:
        return "refetch"
    return "ok"


def _proven(standing: Standing, hello: HelloRequest) -> int:
    """How far the node's chain is the hub's: to its head where that is the node's, else as far as both knew before."""
    if hello.protocol == FIRST_PROTOCOL or hello.oseq == standing.oseq:
        return standing.oseq
    return min(standing.oseq, hello.acknowledged_oseq)


def _farewell(
    state: HubState, node: NodeStanding, standing: Standing, hello: HelloRequest, *, now: datetime
) -> HelloAnswer:
    answer = _answer(state, "revoked", now=now, acknowledged_oseq=_proven(standing, hello))
    return replace(answer, cut_off_oseq=node.cut_off(standing.incarnation))


def _answer(state: HubState, status: HelloStatus, *, now: datetime, acknowledged_oseq: int = 0) -> HelloAnswer:
    return HelloAnswer(
        status=status,
        nonce="",
        hub_incarnation=state.incarnation,
        acknowledged_oseq=acknowledged_oseq,
        server_time=now,
        protocols=PROTOCOLS,
        durable_at=state.backed_up_at,
    )
