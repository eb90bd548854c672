"""What may be done with cases: register one, record a step, settle a contradiction, open one within one's rights."""

from edge_node.case_register.commands.opening import (
    case_for,
    find,
    look,
    look_by_number,
    may_see,
    open_file,
    open_unseen,
    path_sheet,
    scope_of,
)
from edge_node.case_register.commands.recording import (
    attach,
    edit_field,
    next_number,
    note_check_out,
    project,
    record_event,
    register,
    remove,
    require_standing,
)
from edge_node.case_register.commands.settling import details, open_disputes, settle

__all__ = [
    "attach",
    "case_for",
    "details",
    "edit_field",
    "find",
    "look",
    "look_by_number",
    "may_see",
    "next_number",
    "note_check_out",
    "open_disputes",
    "open_file",
    "open_unseen",
    "path_sheet",
    "project",
    "record_event",
    "register",
    "remove",
    "require_standing",
    "scope_of",
    "settle",
]
