"""Who may join the city, and who no longer may."""

import hashlib
import re
from datetime import datetime, timedelta

from central_hub.directory import queries as directory
from central_hub.directory.commands import log_access
from central_hub.directory.model import OfficeUnknown
from central_hub.provisioning import queries
from central_hub.provisioning.model import NodeIdTaken, TokenRefused
from central_hub.storage import replica, streams
from central_hub.storage.streams import AfterCutOff, NodeStanding, Standing
from central_hub.storage.transaction import Transaction
from sync.replication.messages import EnrolAnswer, EnrolRequest
from sync.vocabulary.errors import InvalidInput, NotFound

TOKEN_HOURS = 24  # made the day before a technician drives to the office
TOKEN_LETTERS_MIN = 20
PUBLIC_KEY_BYTES = 32
ALARMS_MAX = 500  # more documents than a person looks through; the rest is found by the node's operations
_NODE_ID = re.compile(r"[0-9A-Z]{26}")
_INCARNATION = re.compile(r"[0-9A-Za-z]{8,26}")


def make_token(tx: Transaction, *, token: str, office_id: str, now: datetime) -> None:
    """Let one node of this office enrol with ``token`` within a day; only the token's hash is kept.

    Raises:
        OfficeUnknown: there is no such office.
    """
    if directory.office(tx, office_id=office_id) is None:
        raise OfficeUnknown(office_id=office_id)
    if len(token) < TOKEN_LETTERS_MIN:
        raise InvalidInput(field="token", rule="length-min", bound=TOKEN_LETTERS_MIN)
    expires_at = now + timedelta(hours=TOKEN_HOURS)
    queries.save_token(tx, token_hash=_hash(token), office_id=office_id, made_at=now, expires_at=expires_at)


def enrol(tx: Transaction, *, request: EnrolRequest, now: datetime) -> EnrolAnswer:
    """Let the node in, once per token; one that was let in before, retired or forked, with a new key only.

    From then on only that key and the incarnation of the request speak for it.

    Raises:
        TokenRefused: the token is unknown, used, expired or of another office.
        NodeIdTaken: the id is a node's of another office, or the key is the one it had: whoever copied it has it too.
        InvalidInput: the key, the id or the incarnation is malformed.
    """
    check(request)
    replica.lock(tx)
    found = queries.token(tx, token_hash=_hash(request.token))
    if found is None or found.expires_at <= now or found.office_id != request.office_id:
        raise TokenRefused
    known = streams.standing_node(tx, node_id=request.node_id)
    if found.used_at is not None:
        if known is None or found.node_id != request.node_id or known.public_key != request.public_key:
            raise TokenRefused
    else:
        if known is not None and not may_return(known, request):
            raise NodeIdTaken(node_id=request.node_id)
        queries.use_token(tx, token_hash=found.token_hash, node_id=request.node_id, now=now)
        _let_in(tx, request, known, now=now)
    return EnrolAnswer(hub_incarnation=replica.incarnation(tx), office_id=request.office_id)


def may_return(known: NodeStanding, request: EnrolRequest) -> bool:
    """Whether a node that was let in before may come again: at its office, with a key that it never had."""
    return known.office_id == request.office_id and request.public_key not in {known.public_key, known.previous_key}


def _let_in(tx: Transaction, request: EnrolRequest, known: NodeStanding | None, *, now: datetime) -> None:
    if known is None:
        queries.save_node(tx, request, now=now)
    else:
        queries.admit_again(tx, request, now=now)
    streams.begin(tx, node_id=request.node_id, incarnation=request.incarnation, now=now)
    log_access(
        tx,
        actor_id=request.node_id,
        office_id=request.office_id,
        action="enrol" if known is None else "enrol_again",
        subject=request.node_id,
        now=now,
    )


def retire_node(tx: Transaction, *, node_id: str, now: datetime, cut_off_oseq: int | None = None) -> list[AfterCutOff]:
    """From now on the node is answered nothing; what it did up to ``cut_off_oseq`` counts, by default all that came.

    What came after it stays where it is, and is answered: a person looks through these documents; there is an alarm
    for each. Retiring it again moves the cut-off.

    Raises:
        NotFound: it was never enrolled.
    """
    replica.lock(tx)
    node = streams.standing_node(tx, node_id=node_id)
    if node is None:
        raise NotFound(what="node")
    last = streams.latest(tx, node_id=node_id) or Standing()
    streams.retire(
        tx,
        node_id=node_id,
        incarnation=last.incarnation,
        cut_off_oseq=last.oseq if cut_off_oseq is None else cut_off_oseq,
        now=now,
    )
    log_access(tx, actor_id="city", office_id=node.office_id, action="retire_node", subject=node_id, now=now)
    after = streams.after_cut_off(tx, node_id=node_id, limit=ALARMS_MAX)
    for found in after:
        replica.raise_alarm(tx, kind="after-cut-off", subject=found.document_id, office_id=node.office_id, now=now)
    return after


def check(request: EnrolRequest) -> None:
    """Raises InvalidInput for a key, an id or an incarnation that no node makes."""
    if len(request.public_key) != PUBLIC_KEY_BYTES:
        raise InvalidInput(field="public_key", rule="length", bound=PUBLIC_KEY_BYTES)
    if _NODE_ID.fullmatch(request.node_id) is None:
        raise InvalidInput(field="node_id", rule="ulid")
    if _INCARNATION.fullmatch(request.incarnation) is None:
        raise InvalidInput(field="incarnation", rule="incarnation")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
