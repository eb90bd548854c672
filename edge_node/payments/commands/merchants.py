"""Whose money a fee is: the recipient of each body, as a terminal numbers them."""

from collections.abc import Mapping
from datetime import datetime

from edge_node.payments import queries
from edge_node.payments.model import ONLY_MERCHANT, MerchantAssignment, NoMerchantForFee
from edge_node.staff import commands as staff
from edge_node.staff.model import Person
from sync.storage import Reader, Transaction
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import ProviderId

MERCHANT_DIGITS_MAX = 3


def merchant_for(reader: Reader, *, terminal: str, provider_id: ProviderId) -> str:
    """The number under which this terminal keeps the recipient of a body's fees.

    A terminal for which nothing was said has one recipient. Raises NoMerchantForFee where others were said.
    """
    known = {each.provider_id: each.merchant_id for each in queries.merchants_of(reader, terminal=terminal)}
    if not known:
        return ONLY_MERCHANT
    if provider_id not in known:
        raise NoMerchantForFee(terminal=terminal, provider_id=provider_id)
    return known[provider_id]


def assign_merchants(
    tx: Transaction, *, terminal: str, chosen: Mapping[ProviderId, str], by: Person, now: datetime
) -> None:
    """Say for each body which recipient of this terminal takes its fees; an empty number takes it back.

    Raises InvalidInput for what is no number. Charges that were begun keep theirs.
    """
    for merchant_id in chosen.values():
        if merchant_id and not (merchant_id.isdecimal() and len(merchant_id) <= MERCHANT_DIGITS_MAX):
            raise InvalidInput(field="merchant_id", rule="digits")
    kept = [
        MerchantAssignment(
            terminal=terminal, provider_id=provider_id, merchant_id=merchant_id, said_by=by.staff_id, said_at=now
        )
        for provider_id, merchant_id in chosen.items()
        if merchant_id
    ]
    queries.replace_merchants(tx, terminal=terminal, assignments=kept)
    staff.log_access(tx, by=by, action="merchants-assigned", subject=terminal, now=now)
