"""What a restored node says of the time it forgot, to the technician who tells the head of the office."""

from datetime import datetime

from edge_node.replication.model import Forgotten
from sync.vocabulary.working_days import KYIV


def told(forgotten: Forgotten) -> str:
    """A paragraph a restoration; times are the office's."""
    latest = "none" if forgotten.latest_at is None else f"the last at {_clock(forgotten.latest_at)}"
    lines = [
        f"Brought back at {_clock(forgotten.restored_at)}; the backup stood at {_clock(forgotten.stood_at)}.",
        f"Came back from the hub: {len(forgotten.came_back)} cases registered in between, {latest}.",
        *(f"  {number}" for number in forgotten.came_back),
        "Nobody has what was done after the hub was last told. Numbers that may stand on papers without a case:",
        *(f"  {span.first} to {span.last}" for span in forgotten.numbers),
        "  and of ranges leased in between. They are given to nobody else: register such an application again.",
        "Tickets of that time are gone; their holders take new ones. These numbers may be in the hall:",
        *(f"  {span.first} to {span.last}" for span in forgotten.tickets),
        "Payments of that time: compare the terminal's own journal with the cases, and bank receipts with the day.",
        "Prints, acts of devices, the access log and desks' PINs of that time are gone.",
    ]
    return "\n".join(lines)


def _clock(at: datetime) -> str:
    return f"{at.astimezone(KYIV):%Y-%m-%d %H:%M:%S}"
