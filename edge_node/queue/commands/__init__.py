"""What may be done with the queue: every command runs in one transaction of the store's one writer."""

from edge_node.queue.commands.calls import (
    call_next,
    call_number,
    finish,
    no_show,
    recall,
    start_serving,
    transfer_to_desk,
    transfer_to_sphere,
)
from edge_node.queue.commands.desks import leave_desk, occupy_desk, set_up_desks
from edge_node.queue.commands.tickets import give_up_ticket, issue_ticket

__all__ = [
    "call_next",
    "call_number",
    "finish",
    "give_up_ticket",
    "issue_ticket",
    "leave_desk",
    "no_show",
    "occupy_desk",
    "recall",
    "set_up_desks",
    "start_serving",
    "transfer_to_desk",
    "transfer_to_sphere",
]
