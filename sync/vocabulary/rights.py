"""Which permission each kind of event asks of its actor: the desk that writes it and the hub judge by one table."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sync.vocabulary.appointment import AppointmentKind
from sync.vocabulary.appointment_rules import RulesKind
from sync.vocabulary.case import EventKind
from sync.vocabulary.ids import StaffId
from sync.vocabulary.staff import Permission, Role, permissions

NODE_ITSELF = StaffId("node")  # the actor of what no person does
K, A, R, P = EventKind, AppointmentKind, RulesKind, Permission
# a case whose result was handed over elsewhere is laid to rest at home with nobody at a desk; a visitor books, cancels
# and reports at the kiosk; seats move, and who is late loses the place, by themselves
DONE_BY_NODES: frozenset[str] = frozenset({K.CLOSED, K.ARCHIVED, A.BOOKED, A.CANCELLED, A.GIVEN, A.ARRIVED, A.MISSED})
# any one of them is enough; an edit of a field, whichever, is the front office's: it changes what the applicant filed
NEEDED: Mapping[str, tuple[Permission, ...]] = MappingProxyType(
    {
        K.REGISTERED: (P.REGISTER_CASES,),
        K.LEFT_WITHOUT_MOVEMENT: (P.REGISTER_CASES, P.DECIDE_CASES),
        K.REMEDIED: (P.REGISTER_CASES,),
        K.RETURNED: (P.REGISTER_CASES, P.DECIDE_CASES),
        K.HANDED_OVER: (P.HAND_OVER_CASES,),
        K.ACCEPTED_BY_PROVIDER: (P.ACCEPT_CASES,),
        K.STARTED: (P.DECIDE_CASES,),
        K.SUSPENDED: (P.DECIDE_CASES,),
        K.RESUMED: (P.DECIDE_CASES,),
        K.EXTENDED: (P.DECIDE_CASES,),
        K.DECIDED_GRANTED: (P.DECIDE_CASES,),
        K.DECIDED_REFUSED: (P.DECIDE_CASES,),
        K.RESULT_RECEIVED: (P.RECEIVE_RESULTS,),
        K.READY_FOR_ISSUE: (P.RECEIVE_RESULTS,),
        K.UNCLAIMED: (P.ISSUE_RESULTS,),
        K.ISSUED: (P.ISSUE_RESULTS,),
        K.SENT_BY_POST: (P.ISSUE_RESULTS,),
        K.ISSUED_ELECTRONICALLY: (P.ISSUE_RESULTS,),
        K.WITHDRAWN: (P.REGISTER_CASES,),
        K.ANNULLED: (P.ANNUL_CASES,),
        K.CLOSED: (P.ISSUE_RESULTS, P.ARCHIVE_CASES),
        K.ARCHIVED: (P.ISSUE_RESULTS, P.ARCHIVE_CASES),
        K.DESTROYED: (P.ARCHIVE_CASES,),
        K.TRANSFERRED: (P.ARCHIVE_CASES,),
        K.PAYMENT_RECEIVED: (P.TAKE_PAYMENTS,),
        K.PAYMENT_REFUNDED: (P.TAKE_PAYMENTS,),
        K.SCAN_ATTACHED: (P.REGISTER_CASES, P.RECEIVE_RESULTS),
        K.EDITED: (P.REGISTER_CASES,),
        K.CHECKED_OUT: (P.CHECK_OUT_CASES,),
        K.APPEALED: (P.REGISTER_CASES, P.DECIDE_CASES),
        K.RESOLVED: (P.RESOLVE_CONFLICTS,),
        A.BOOKED: (P.BOOK_APPOINTMENTS,),
        A.CANCELLED: (P.BOOK_APPOINTMENTS,),
        A.GIVEN: (P.BOOK_APPOINTMENTS,),
        A.ARRIVED: (P.BOOK_APPOINTMENTS, P.SERVE_AT_DESK),
        A.MISSED: (P.BOOK_APPOINTMENTS, P.SERVE_AT_DESK),
        R.RULES_SET: (P.OPEN_APPOINTMENTS,),
    }
)


def may_write(roles: Iterable[Role], kind: str) -> bool:
    """Whether these roles let a person write an event of this kind; a kind this version does not know asks nothing."""
    needed = NEEDED.get(kind)
    return needed is None or not permissions(roles).isdisjoint(needed)
