"""Signing in to the city's pages, and out."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template

from central_hub.directory import commands, queries
from central_hub.directory.model import LogEntry, PasswordForOnce, SignInRefused
from central_hub.storage import HubStore
from sync.ambient import Clock, Ids
from sync.vocabulary.staff import Permission, StaffMember
from sync.web import sessions
from sync.web.access import SignedIn, may
from sync.web.forms import form_at
from sync.web.passwords import PASSWORD_CHARACTERS_MAX, PasswordChecker, Throttle

LOGIN_CHARACTERS_MAX = 64
PASSWORD_CHARACTERS_MIN = 12  # as at the nodes
ADDRESS_CHARACTERS_MAX = 500
SUBJECT_LETTERS_MAX = 64
HOME = "/city"
AnyRequest = Request[Any, Any, Any]
Login = Annotated[str, msgspec.Meta(min_length=1, max_length=LOGIN_CHARACTERS_MAX)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=PASSWORD_CHARACTERS_MAX)]


class Credentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person signs in with."""

    login: Login
    password: Password


class PasswordForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One's own password in exchange for the one in use or the one given for once."""

    login: Login
    password: Password
    new_password: Annotated[str, msgspec.Meta(min_length=PASSWORD_CHARACTERS_MIN, max_length=PASSWORD_CHARACTERS_MAX)]


class SignInForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same from the page, with the address to return to."""

    login: Login
    password: Password
    next: Annotated[str, msgspec.Meta(max_length=ADDRESS_CHARACTERS_MAX)] = ""


class Door:
    """Lets people in, and slows down who guesses."""

    def __init__(self, store: HubStore, clock: Clock, *, passwords: PasswordChecker, sign_ins: Throttle) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._sign_ins = sign_ins

    async def let_in(self, request: AnyRequest, login: str, password: str) -> SignedIn:
        """Sign in; raises SignInRefused, PasswordForOnce, or TooManyRequests after several wrong passwords."""
        member = await self._known(request, login, password)
        if member.password_expires_at is not None:
            raise PasswordForOnce
        await self._log(member.id, member.office_id, "sign_in")
        person = SignedIn(
            staff_id=member.id,
            name=member.name,
            roles=member.roles,
            office_id=member.office_id,
            provider_id=member.provider_id,
        )
        await sessions.begin(request, person)
        return person

    async def change_password(self, request: AnyRequest, data: PasswordForm, *, ids: Ids) -> None:
        """Take a password of one's own; raises as ``let_in``, and PasswordForOnce where the two are the same."""
        member = await self._known(request, data.login, data.password)
        if data.password == data.new_password:
            raise PasswordForOnce
        hashed, now = await self._passwords.hash(data.new_password), self._clock.now()
        choose = partial(commands.choose_password, member=member, password_hash=hashed, ids=ids, now=now)
        await self._store.run(choose)

    async def _known(self, request: AnyRequest, login: str, password: str) -> StaffMember:
        account, now = login.strip().lower(), self._clock.now()
        device = request.client.host if request.client else ""
        self._sign_ins.attempt(account=account, device=device, now=now)
        member = await self._store.read(partial(queries.staff_by_login, login=account))
        is_right = await self._passwords.matches(password, member.password_hash if member else None)
        is_over = member is not None and (member.password_expires_at or now) < now
        if member is None or not is_right or not member.is_active or is_over:
            await self._log("unknown" if member is None else member.id, None, "sign_in_denied")
            raise SignInRefused
        self._sign_ins.succeeded(account=account, device=device)
        return member

    async def _log(self, staff_id: str, office_id: str | None, action: str) -> None:
        entry = partial(
            commands.log_access,
            actor_id=staff_id,
            office_id=office_id,
            action=action,
            subject=staff_id,
            now=self._clock.now(),
        )
        await self._store.run(entry)


def provide_door(
    store: NamedDependency[HubStore],
    clock: NamedDependency[Clock],
    passwords: NamedDependency[PasswordChecker],
    sign_ins: NamedDependency[Throttle],
) -> Door:
    """The door of this app."""
    return Door(store, clock, passwords=passwords, sign_ins=sign_ins)


class SessionController(Controller):
    """``/api/session``: let me in, let me out."""

    path = "/api/session"
    tags = ("directory",)

    @post(status_code=200)
    async def sign_in(self, data: JSONBody[Credentials], request: AnyRequest, door: NamedDependency[Door]) -> SignedIn:
        """Sign in; the answer sets the cookie. Wrong passwords slow the next try down."""
        return await door.let_in(request, data.login, data.password)

    @delete()
    async def sign_out(self, request: AnyRequest) -> None:
        """Sign out; doing it twice changes nothing."""
        await sessions.end(request)


class AccessLogController(Controller):
    """Who looked at what: for the privacy officer."""

    path = "/api/access-log"
    tags = ("directory",)
    guards = (may(Permission.READ_ACCESS_LOG),)

    @get()
    async def entries(
        self,
        store: NamedDependency[HubStore],
        subject: Annotated[str | None, QueryParameter(max_length=SUBJECT_LETTERS_MAX)] = None,
    ) -> list[LogEntry]:
        """The latest entries, newest first; of one case or person, if asked."""
        return await store.read(partial(queries.log_of, subject=subject))


class SignInPages(Controller):
    """The pages of the same."""

    include_in_schema = False

    @get("/sign-in")
    async def page(
        self, next_: Annotated[str, QueryParameter(name="next", max_length=ADDRESS_CHARACTERS_MAX)] = ""
    ) -> Template:
        return Template(template_name="directory/sign_in.html", context={"next": safe_next(next_)})

    @post("/sign-in", opt=form_at("/sign-in"))
    async def sign_in(
        self,
        data: URLEncodedBody[SignInForm],
        request: AnyRequest,
        door: NamedDependency[Door],
    ) -> Redirect:
        await door.let_in(request, data.login, data.password)
        return Redirect(safe_next(data.next) or HOME, status_code=303)

    @get("/sign-in/password")
    async def password_page(self) -> Template:
        """One's own password in exchange for another."""
        return Template(template_name="directory/password.html")

    @post("/sign-in/password", opt=form_at("/sign-in/password"))
    async def change_password(
        self,
        data: URLEncodedBody[PasswordForm],
        request: AnyRequest,
        door: NamedDependency[Door],
        ids: NamedDependency[Ids],
    ) -> Redirect:
        await door.change_password(request, data, ids=ids)
        await door.let_in(request, data.login, data.new_password)
        return Redirect(HOME, status_code=303)

    @post("/sign-out")
    async def sign_out(self, request: AnyRequest) -> Redirect:
        await sessions.end(request)
        return Redirect("/sign-in", status_code=303)


def safe_next(address: str) -> str:
    """``address`` when it is a path of this site, else empty: nobody is sent elsewhere by a link to our sign-in."""
    is_path = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if is_path and not address.startswith("/sign-") else ""


controllers = [SessionController, AccessLogController, SignInPages]
