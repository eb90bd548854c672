"""Accounts, refusals and the rows of the access log."""

from datetime import datetime

import msgspec

from sync.vocabulary.errors import Forbidden, NotSignedIn, Refusal
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.staff import Role


class LoginTaken(Refusal):
    """Somebody else signs in under this name."""


class OfficeUnknown(Refusal):
    """The city has no office of this code."""

    status = 404


class SignInRefused(NotSignedIn):
    """The name or the password is wrong; which of them is not said."""


class PasswordForOnce(Forbidden):
    """The password is right, but was given for one exchange: this person is to choose their own."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody works and as what; ``until`` is when the hub wrote down that it ended, by its own clock."""

    office_id: OfficeId
    roles: frozenset[Role]
    until: datetime | None = None


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to which case, when; ``subject`` is a number or an id, never a name."""

    entry_number: int
    at: datetime
    actor_id: str
    office_id: str | None
    action: str
    subject: str
