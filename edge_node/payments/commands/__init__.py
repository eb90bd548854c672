"""What may be done with money: charge, undo, settle; begin and end a shift; take a bank's receipt; name recipients."""

from edge_node.payments.commands.charging import (
    begin_charge,
    begin_sending,
    begin_void,
    charge_for,
    charge_reversed_by,
    charges_for,
    conclude,
    doubt_the_interrupted,
    event_id_of,
    existing,
    order_refund_application,
    settle,
)
from edge_node.payments.commands.merchants import assign_merchants, merchant_for
from edge_node.payments.commands.receipts import enter_bank_receipt, receipts_for
from edge_node.payments.commands.shifts import (
    begin_closing,
    close_shift,
    keep_open,
    note_count,
    open_shift_by,
    shift_seen,
)
from edge_node.payments.commands.trials import begin_trial, begin_trial_void, settle_trial, trial

__all__ = [
    "assign_merchants",
    "begin_charge",
    "begin_closing",
    "begin_sending",
    "begin_trial",
    "begin_trial_void",
    "begin_void",
    "charge_for",
    "charge_reversed_by",
    "charges_for",
    "close_shift",
    "conclude",
    "doubt_the_interrupted",
    "enter_bank_receipt",
    "event_id_of",
    "existing",
    "keep_open",
    "merchant_for",
    "note_count",
    "open_shift_by",
    "order_refund_application",
    "receipts_for",
    "settle",
    "settle_trial",
    "shift_seen",
    "trial",
]
