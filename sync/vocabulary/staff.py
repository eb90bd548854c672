"""Who works here, and what each role may do."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from sync.vocabulary.ids import OfficeId, ProviderId, StaffId

ONE_TIME_HOURS = 24  # a technician resets it in the evening, its owner comes in the morning


class Role(StrEnum):
    """Roles of people (DOMAIN §1.1); read through ``role:<value>``."""

    APPLICANT = "applicant"
    REPRESENTATIVE = "representative"
    ADMINISTRATOR = "administrator"
    RECEPTIONIST = "receptionist"
    REMOTE_ADMINISTRATOR = "remote_administrator"
    REGISTRAR = "registrar"
    PROVIDER_HEAD = "provider_head"
    OFFICE_HEAD = "office_head"
    COURIER = "courier"
    CASHIER = "cashier"
    ARCHIVIST = "archivist"
    PRIVACY_OFFICER = "privacy_officer"
    TECHNICIAN = "technician"


class Permission(StrEnum):
    """One thing a person may do."""

    ISSUE_TICKETS = "issue_tickets"
    SERVE_AT_DESK = "serve_at_desk"
    BOOK_APPOINTMENTS = "book_appointments"
    OPEN_APPOINTMENTS = "open_appointments"
    REGISTER_CASES = "register_cases"
    SEARCH_APPLICANTS = "search_applicants"
    READ_CASES = "read_cases"
    TAKE_PAYMENTS = "take_payments"
    HAND_OVER_CASES = "hand_over_cases"
    ACCEPT_CASES = "accept_cases"
    DECIDE_CASES = "decide_cases"
    RECEIVE_RESULTS = "receive_results"
    ISSUE_RESULTS = "issue_results"
    CHECK_OUT_CASES = "check_out_cases"
    ANNUL_CASES = "annul_cases"
    RESOLVE_CONFLICTS = "resolve_conflicts"
    ARCHIVE_CASES = "archive_cases"
    WATCH_OFFICE = "watch_office"
    WATCH_CITY = "watch_city"
    MANAGE_STAFF = "manage_staff"
    SERVICE_DEVICES = "service_devices"
    SERVICE_NODE = "service_node"
    READ_ACCESS_LOG = "read_access_log"


P = Permission

_FRONT_OFFICE = frozenset(
    {
        P.ISSUE_TICKETS,
        P.SERVE_AT_DESK,
        P.BOOK_APPOINTMENTS,
        P.REGISTER_CASES,
        P.SEARCH_APPLICANTS,
        P.READ_CASES,
        P.TAKE_PAYMENTS,
        P.HAND_OVER_CASES,
        P.RECEIVE_RESULTS,
        P.ISSUE_RESULTS,
        P.CHECK_OUT_CASES,
    }
)
_BACK_OFFICE = frozenset({P.READ_CASES, P.ACCEPT_CASES, P.DECIDE_CASES})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.APPLICANT: frozenset(),
    Role.REPRESENTATIVE: frozenset(),
    Role.ADMINISTRATOR: _FRONT_OFFICE,
    Role.RECEPTIONIST: frozenset({P.ISSUE_TICKETS, P.SERVE_AT_DESK, P.BOOK_APPOINTMENTS}),
    Role.REMOTE_ADMINISTRATOR: _FRONT_OFFICE,
    Role.REGISTRAR: _BACK_OFFICE,
    Role.PROVIDER_HEAD: _BACK_OFFICE | {P.RESOLVE_CONFLICTS},
    Role.OFFICE_HEAD: frozenset(
        {
            P.READ_CASES,
            P.SEARCH_APPLICANTS,
            P.BOOK_APPOINTMENTS,
            P.OPEN_APPOINTMENTS,
            P.ANNUL_CASES,
            P.RESOLVE_CONFLICTS,
            P.WATCH_OFFICE,
            P.WATCH_CITY,
            P.MANAGE_STAFF,
        }
    ),
    Role.COURIER: frozenset({P.HAND_OVER_CASES}),
    Role.CASHIER: frozenset(),
    Role.ARCHIVIST: frozenset({P.READ_CASES, P.ARCHIVE_CASES}),
    Role.PRIVACY_OFFICER: frozenset({P.READ_ACCESS_LOG}),
    # services nodes and devices; no personal data
    Role.TECHNICIAN: frozenset({P.SERVICE_DEVICES, P.SERVICE_NODE, P.WATCH_CITY}),
}


class StaffMember(msgspec.Struct, frozen=True, kw_only=True):
    """A person who signs in; ``provider_id`` limits a registrar to the cases of their own body.

    ``password_expires_at`` stands on a one-time password alone: until then it may be exchanged for one's own, and it
    lets nobody in.
    """

    id: StaffId
    login: str
    name: str
    roles: frozenset[Role]
    office_id: OfficeId
    provider_id: ProviderId | None = None
    password_hash: str = ""
    is_active: bool = True
    password_expires_at: datetime | None = None

    def __repr__(self) -> str:
        """Without the hash: a representation ends in logs."""
        return f"StaffMember(id={self.id!r}, login={self.login!r}, roles={sorted(self.roles)!r})"


def with_one_time_password(member: StaffMember, *, password_hash: str, now: datetime) -> StaffMember:
    """The member with a password that is good for one exchange within a day."""
    expires_at = now + timedelta(hours=ONE_TIME_HOURS)
    return msgspec.structs.replace(member, password_hash=password_hash, password_expires_at=expires_at)


def permissions(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything these roles may do together."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles))


def may(roles: Iterable[Role], permission: Permission) -> bool:
    """Whether any of these roles has the permission."""
    return any(permission in PERMISSIONS[role] for role in roles)
