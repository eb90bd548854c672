"""What may be done at intake: work out fee and term, register a case, keep a draft."""

from edge_node.intake.commands.drafting import (
    application_of,
    begin_draft,
    draft_for,
    register_draft,
    save_draft,
    seal_draft,
)
from edge_node.intake.commands.registering import (
    CALENDAR,
    check_whole,
    due_day,
    fee_of,
    missing_papers,
    register_case,
    seal_second_factor,
)

__all__ = [
    "CALENDAR",
    "application_of",
    "begin_draft",
    "check_whole",
    "draft_for",
    "due_day",
    "fee_of",
    "missing_papers",
    "register_case",
    "register_draft",
    "save_draft",
    "seal_draft",
    "seal_second_factor",
]
