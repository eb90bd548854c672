"""A node replaces its key, without a visit: the old one asks, the new one proves that it is held."""

from datetime import datetime

from central_hub.directory.commands import log_access
from central_hub.node_gateway.model import Node, NodeUnknown, Speaker
from central_hub.storage import replica, streams
from central_hub.storage.transaction import Transaction
from sync.replication.identity import covered_key, verify
from sync.replication.messages import KeyRequest

PREVIOUS_KEY = "previous-key"


def note_previous_key(tx: Transaction, *, node: Node, now: datetime) -> None:
    """Somebody signs with the key that this node has done with: it was copied before. There is an alarm, once a day."""
    replica.lock(tx)
    replica.raise_alarm_daily(tx, kind=PREVIOUS_KEY, subject=node.node_id, office_id=node.office_id, now=now)


def rotate_key(tx: Transaction, *, speaker: Speaker, request: KeyRequest, now: datetime) -> None:
    """From now on only the new key speaks for the node; asking again, as after a lost answer, changes nothing.

    Raises:
        SignatureWrong: the new key did not sign.
    """
    replica.lock(tx)
    verify(request.public_key, request.proof, covered_key(node_id=speaker.node_id, public_key=request.public_key))
    node = streams.standing_node(tx, node_id=speaker.node_id)
    if node is None:
        raise NodeUnknown
    if node.public_key == request.public_key:
        return
    streams.replace_key(tx, node_id=node.node_id, public_key=request.public_key)
    log_access(tx, actor_id=node.node_id, office_id=node.office_id, action="rotate_key", subject=node.node_id, now=now)
