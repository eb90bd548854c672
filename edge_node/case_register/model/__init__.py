"""A case as this node sees it, why a step with it is refused, and what is searched by."""

from edge_node.case_register.model.case import (
    Actor,
    Case,
    CaseChanged,
    CaseCounts,
    CaseDetails,
    CaseFile,
    CaseNotHere,
    CaseNotYours,
    DisputeChanged,
    DisputeSide,
    IllegalStep,
    OpenDispute,
    Opening,
    PathLine,
    RegisterRow,
    Settlement,
)
from edge_node.case_register.model.search import SearchKey, SearchKind, phone_key, search_key

__all__ = [
    "Actor",
    "Case",
    "CaseChanged",
    "CaseCounts",
    "CaseDetails",
    "CaseFile",
    "CaseNotHere",
    "CaseNotYours",
    "DisputeChanged",
    "DisputeSide",
    "IllegalStep",
    "OpenDispute",
    "Opening",
    "PathLine",
    "RegisterRow",
    "SearchKey",
    "SearchKind",
    "Settlement",
    "phone_key",
    "search_key",
]
