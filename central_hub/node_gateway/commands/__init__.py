"""What a node's words do at the hub."""

from central_hub.node_gateway.commands.checkout import check_out, recognise
from central_hub.node_gateway.commands.compacting import compact
from central_hub.node_gateway.commands.erasing import ErasureOrder, confirm_erasures, erase
from central_hub.node_gateway.commands.halls import hear_halls
from central_hub.node_gateway.commands.healing import heal
from central_hub.node_gateway.commands.hello import OPENS_SESSION, for_protocol, greet, note_fork
from central_hub.node_gateway.commands.keep_blob import keep_blob, lose_blob
from central_hub.node_gateway.commands.keys import note_previous_key, rotate_key
from central_hub.node_gateway.commands.merging import merge_received
from central_hub.node_gateway.commands.push import push, structure_of
from central_hub.node_gateway.commands.quarantine import discard, is_releasable, release, set_apart

__all__ = [
    "OPENS_SESSION",
    "ErasureOrder",
    "check_out",
    "compact",
    "confirm_erasures",
    "discard",
    "erase",
    "for_protocol",
    "greet",
    "heal",
    "hear_halls",
    "is_releasable",
    "keep_blob",
    "lose_blob",
    "merge_received",
    "note_fork",
    "note_previous_key",
    "push",
    "recognise",
    "release",
    "rotate_key",
    "set_apart",
    "structure_of",
]
