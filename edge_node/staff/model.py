"""Who acts, what is logged of it, and why a sign-in is refused."""

from datetime import datetime
from typing import Protocol

import msgspec

from sync.vocabulary.errors import Forbidden, NotSignedIn
from sync.vocabulary.ids import OfficeId, ProviderId, StaffId
from sync.vocabulary.staff import Role


class Person(Protocol):
    """Whoever is signed in, as the rules need to know them; the web's ``SignedIn`` is one."""

    @property
    def staff_id(self) -> StaffId: ...

    @property
    def roles(self) -> frozenset[Role]: ...

    @property
    def office_id(self) -> OfficeId | None: ...

    @property
    def provider_id(self) -> ProviderId | None: ...


class AccessEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the access log: who did what with what; ``hash`` covers the line and the hash before it.

    Ombudsman's order 1/02-14: viewing, changing, copying, handing on, deleting. ``subject`` is an id, never a name.
    """

    seq: int
    at: datetime
    staff_id: StaffId | None
    office_id: OfficeId | None
    action: str
    subject: str
    previous_hash: str
    hash: str


class WrongPassword(NotSignedIn):
    """No such login, or another password; which of the two is not said."""


class PasswordForOnce(Forbidden):
    """The password is right, but was given for one exchange: this person is to choose their own."""


class WrongPin(NotSignedIn):
    """No such login, another PIN, or no sign-in with the password on this node today; which of them is not said."""


class NotOfThisOffice(Forbidden):
    """This person works at another office."""
