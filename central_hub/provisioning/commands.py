"""Who may join the city, and who no longer may."""

import hashlib
import re
from datetime import datetime, timedelta
from importlib.resources import files

from central_hub.directory import queries as directory
from central_hub.directory.commands import put_office, put_service
from central_hub.directory.model import OfficeUnknown
from central_hub.provisioning import queries
from central_hub.provisioning.model import HubBegun, NodeIdTaken, TokenRefused
from central_hub.storage import replica
from central_hub.storage.transaction import Transaction
from sync.ambient import Ids
from sync.replication.messages import EnrolAnswer, EnrolRequest
from sync.vocabulary.catalogue import AdministrativeService, parse_names, parse_seed
from sync.vocabulary.errors import InvalidInput, NotFound
from sync.vocabulary.office import OFFICES

TOKEN_HOURS = 24  # made the day before a technician drives to the office
TOKEN_LETTERS_MIN = 20
NUMBERS_SKIPPED = 100_000  # fifty ranges: more than any office leases between two backups
PUBLIC_KEY_BYTES = 32
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
    """Let the node in, once per token..

    Raises:
        TokenRefused: the token is unknown, used, expired or of another office.
        NodeIdTaken: the id is another node's.
        InvalidInput: the key, the id or the incarnation is malformed.
    """
    _check(request)
    replica.lock(tx)
    found = queries.token(tx, token_hash=_hash(request.token))
    if found is None or found.expires_at <= now or found.office_id != request.office_id:
        raise TokenRefused
    key = queries.public_key(tx, node_id=request.node_id)
    if found.used_at is not None:
        if found.node_id != request.node_id or key != request.public_key:
            raise TokenRefused
    elif key is not None:
        raise NodeIdTaken(node_id=request.node_id)
    else:
        queries.use_token(tx, token_hash=found.token_hash, node_id=request.node_id, now=now)
        queries.save_node(tx, request, now=now)
    return EnrolAnswer(hub_incarnation=replica.incarnation(tx), office_id=request.office_id)


def retire_node(tx: Transaction, *, node_id: str, now: datetime) -> None:
    """From now on the hub answers this node nothing; raises NotFound for one never enrolled."""
    if queries.enrolled_node(tx, node_id=node_id) is None:
        raise NotFound(what="node")
    queries.mark_retired(tx, node_id=node_id, now=now)


def _check(request: EnrolRequest) -> None:
    if len(request.public_key) != PUBLIC_KEY_BYTES:
        raise InvalidInput(field="public_key", rule="length", bound=PUBLIC_KEY_BYTES)
    if _NODE_ID.fullmatch(request.node_id) is None:
        raise InvalidInput(field="node_id", rule="ulid")
    if _INCARNATION.fullmatch(request.incarnation) is None:
        raise InvalidInput(field="incarnation", rule="incarnation")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def begin_city(tx: Transaction, *, incarnation: str, ids: Ids, now: datetime) -> None:
    """Start the hub's life with the offices and the catalogue of the seed.

    Raises:
        HubBegun: it was started before.
    """
    if replica.state(tx) is not None:
        raise HubBegun
    replica.begin(tx, incarnation=incarnation)
    for office in OFFICES:
        put_office(tx, office, ids=ids, now=now)
    for service in seed_services():
        put_service(tx, service, ids=ids, now=now)


def begin_anew(tx: Transaction, *, incarnation: str, now: datetime) -> None:
    """Go on from a restored backup as another incarnation: every node hears the hub from the start.

    Numbers leased after the backup was taken are not known here, so each series goes on after a gap that no node gets.
    """
    replica.change_incarnation(tx, incarnation=incarnation)
    queries.skip_numbers(tx, count=NUMBERS_SKIPPED, now=now)


def seed_services() -> list[AdministrativeService]:
    """The catalogue of the seed: 99 services."""
    seed = files("sync.vocabulary.seed")
    names_en = parse_names((seed / "services_en.csv").read_text(encoding="utf-8"))
    return parse_seed((seed / "services.csv").read_text(encoding="utf-8"), names_en=names_en)
