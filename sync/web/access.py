"""Who is signed in, and what they may do. Roles and what each may do are `sync.vocabulary.staff`'s."""

from typing import Any, cast

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from sync.vocabulary.errors import Forbidden, NotSignedIn
from sync.vocabulary.ids import DeskId, OfficeId, ProviderId, StaffId
from sync.vocabulary.staff import Permission, Role
from sync.vocabulary.staff import may as roles_may

AnyConnection = ASGIConnection[Any, Any, Any, Any]
SESSION_KEY = "signed_in"


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who is behind a session; ``desk_id``: where they sit now, ``provider_id``: the body they decide for."""

    staff_id: StaffId
    name: str
    roles: frozenset[Role]
    office_id: OfficeId | None = None
    provider_id: ProviderId | None = None
    desk_id: DeskId | None = None


def who(connection: AnyConnection) -> SignedIn | None:
    """Who is signed in on this connection, or None."""
    session = cast("dict[str, Any]", connection.scope.get("session") or {})
    known = session.get(SESSION_KEY)
    return None if known is None else msgspec.convert(known, SignedIn)


def signed_in(connection: AnyConnection) -> SignedIn:
    """Who is signed in; raises NotSignedIn."""
    person = who(connection)
    if person is None:
        raise NotSignedIn
    return person


def may(*permissions: Permission) -> Guard:
    """A guard: passes who has one of ``permissions``; else NotSignedIn (a browser goes to sign in) or Forbidden."""

    def guard(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        person = signed_in(connection)
        if not any(roles_may(person.roles, permission) for permission in permissions):
            raise Forbidden

    return guard


def any_staff(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
    """A guard: passes whoever is signed in."""
    signed_in(connection)
