"""What of a retired node still counts."""

from central_hub.node_gateway.model import NodeRetired, Speaker
from central_hub.storage import ingest
from central_hub.storage.transaction import Reader
from sync.replication.messages import PushRequest


def check_cut_off(reader: Reader, *, speaker: Speaker, request: PushRequest) -> None:
    """Raises NodeRetired when any operation comes after the last that counts of a retired node."""
    last = ingest.cut_off(reader, node_id=speaker.node_id)
    if last is None:
        return
    is_counted = last.cut_off_incarnation == speaker.incarnation and last.cut_off_oseq is not None
    if not is_counted or any(operation.oseq > (last.cut_off_oseq or 0) for operation in request.operations):
        raise NodeRetired
