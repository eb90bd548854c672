"""What may be done with the queue: every command runs in one transaction of the store's one writer."""

from edge_node.queue.commands.alarms import answer_alarm, raise_alarm
from edge_node.queue.commands.calls import call_next, call_number, finish, no_show, recall, redirect, start_serving
from edge_node.queue.commands.days import end_past_days, issue_past_closing, issue_until_closing, set_overnight
from edge_node.queue.commands.desks import (
    assign_desk,
    begin_break,
    close_desk,
    end_break,
    leave_desk,
    occupy_desk,
    set_up_desks,
)
from edge_node.queue.commands.parking import PARKED_MINUTES_MAX, bring_back, park, return_due
from edge_node.queue.commands.sending import next_service, transfer_to_desk, transfer_to_sphere
from edge_node.queue.commands.skipping import skip_tickets
from edge_node.queue.commands.tickets import (
    cancel_ticket,
    give_up_ticket,
    issue_ticket,
    note_left,
    refuse_past_closing,
)
from edge_node.queue.commands.undoing import restore, undo_last, undoable
from edge_node.queue.commands.waits import keep_day, keep_forecasts, promise_wait

__all__ = [
    "PARKED_MINUTES_MAX",
    "answer_alarm",
    "assign_desk",
    "begin_break",
    "bring_back",
    "call_next",
    "call_number",
    "cancel_ticket",
    "close_desk",
    "end_break",
    "end_past_days",
    "finish",
    "give_up_ticket",
    "issue_past_closing",
    "issue_ticket",
    "issue_until_closing",
    "keep_day",
    "keep_forecasts",
    "leave_desk",
    "next_service",
    "no_show",
    "note_left",
    "occupy_desk",
    "park",
    "promise_wait",
    "raise_alarm",
    "recall",
    "redirect",
    "refuse_past_closing",
    "restore",
    "return_due",
    "set_overnight",
    "set_up_desks",
    "skip_tickets",
    "start_serving",
    "transfer_to_desk",
    "transfer_to_sphere",
    "undo_last",
    "undoable",
]
