"""What may remain of an erased case: the tombstone, by which the office can say that it was, when, and by which act.

What is not named here is dropped: a field that a later version adds is personal until somebody says that it is not.
"""

from collections.abc import Mapping
from datetime import date

from sync.vocabulary.case.state import CaseStatus
from sync.vocabulary.errors import Fact

KEPT_FIELDS = frozenset(
    {
        "number",
        "service_code",
        "service_version",
        "provider_id",
        "home_office_id",
        "accepting_office_id",
        "pickup_office_id",
        "fee_kopecks",
        "due_on",
        "erased_on",
        "erasure_act",
    }
)
KEPT_FACTS = KEPT_FIELDS | {
    # the header of every event
    "kind",
    "clock",
    "at",
    "node_id",
    "office_id",
    "actor_id",
    # what the fold counts with
    "days",
    "retained_until",
    "amount_kopecks",
    "is_refund",
    "terminal_id",
    "reference",
    "attachment_id",
    "conflict_event_ids",
    "status",
    "field",
    "act_number",
}
_VALUES = ("base", "value")  # of an edit: personal unless the field itself is kept
_STATUSES = frozenset(CaseStatus)  # the base of a resolution about where the case stands: the fold compares it


def redacted_fields(fields: Mapping[str, Fact], *, act: str, on: date) -> dict[str, Fact]:
    """The fields of the tombstone; ``act`` is the document that ordered the erasure."""
    kept = {name: value for name, value in fields.items() if name in KEPT_FIELDS}
    return {**kept, "erased_on": on.isoformat(), "erasure_act": act}


def is_erased(fields: Mapping[str, Fact]) -> bool:
    """Whether these are the fields of a tombstone: nothing is ever added to it."""
    return "erased_on" in fields


def redacted_entry(entry: Mapping[str, Fact]) -> dict[str, Fact]:
    """An event's entry without what a person said or wrote."""
    kept = {name: value for name, value in entry.items() if name in KEPT_FACTS}
    field = entry.get("field")
    values = {name: entry[name] for name in _VALUES if name in entry}
    if field in KEPT_FIELDS:
        return kept | values
    is_status = field is None and values.get("base") in _STATUSES
    return kept | dict.fromkeys(values) | ({"base": values["base"]} if is_status else {})
