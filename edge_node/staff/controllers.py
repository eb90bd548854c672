"""Signing in and out, as a page and as JSON; the access log for the privacy officer."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.settings import NodeSettings
from edge_node.staff import commands, queries
from edge_node.staff.model import AccessEntry, PasswordForOnce, WrongPassword, WrongPin
from sync.ambient import Clock
from sync.storage import Store
from sync.vocabulary.staff import Permission, Role, StaffMember
from sync.vocabulary.working_days import local_day
from sync.web import sessions
from sync.web.access import SignedIn, any_staff, may, signed_in, who
from sync.web.forms import form_at
from sync.web.passwords import PASSWORD_CHARACTERS_MAX, PasswordChecker, Throttle

LOGIN_CHARACTERS_MAX = 64
PASSWORD_CHARACTERS_MIN = 12  # NIST SP 800-63B-4 asks for fifteen of a password alone, eight beside something else
SUBJECT_CHARACTERS_MAX = 64
ADDRESS_CHARACTERS_MAX = 500
AnyRequest = Request[Any, Any, Any]
PinDigits = Annotated[str, msgspec.Meta(pattern="^[0-9]{6,8}$")]  # six: a guesser gets a hundred tries a day

_HOMES = (
    (Role.ADMINISTRATOR, "/desk"),
    (Role.REMOTE_ADMINISTRATOR, "/desk"),
    (Role.RECEPTIONIST, "/desk"),
    (Role.REGISTRAR, "/back-office"),
    (Role.PROVIDER_HEAD, "/back-office"),
    (Role.OFFICE_HEAD, "/back-office"),
    (Role.TECHNICIAN, "/technician"),
)


class Credentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person signs in with."""

    login: Annotated[str, msgspec.Meta(min_length=1, max_length=LOGIN_CHARACTERS_MAX)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=PASSWORD_CHARACTERS_MAX)]


class SignInForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same from the page, with the address to return to."""

    login: Annotated[str, msgspec.Meta(min_length=1, max_length=LOGIN_CHARACTERS_MAX)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=PASSWORD_CHARACTERS_MAX)]
    next: Annotated[str, msgspec.Meta(max_length=ADDRESS_CHARACTERS_MAX)] = ""


class PasswordForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One's own password in exchange for the one in use or the one given for once."""

    login: Annotated[str, msgspec.Meta(min_length=1, max_length=LOGIN_CHARACTERS_MAX)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=PASSWORD_CHARACTERS_MAX)]
    new_password: Annotated[str, msgspec.Meta(min_length=PASSWORD_CHARACTERS_MIN, max_length=PASSWORD_CHARACTERS_MAX)]


class Pin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new PIN."""

    pin: PinDigits


class PinCredentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person opens a shared desk with, after the full sign-in of the day."""

    login: Annotated[str, msgspec.Meta(min_length=1, max_length=LOGIN_CHARACTERS_MAX)]
    pin: PinDigits


class SessionController(Controller):
    """``/api/session``: who am I, let me in, let me out."""

    path = "/api/session"
    tags = ("staff",)

    @get(guards=[any_staff])
    async def current(self, request: AnyRequest) -> SignedIn:
        """Who is signed in here."""
        return signed_in(request)

    @post(status_code=200)
    async def sign_in(
        self,
        data: JSONBody[Credentials],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        settings: NamedDependency[NodeSettings],
    ) -> SignedIn:
        """Sign in; the answer sets the cookie. Wrong passwords slow the next try down."""
        return await Door(request, store, clock, settings).let_in(data.login, data.password)

    @post("/by-pin", status_code=200)
    async def sign_in_by_pin(
        self,
        data: JSONBody[PinCredentials],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        settings: NamedDependency[NodeSettings],
    ) -> SignedIn:
        """Open a shared desk again with a PIN, on a day of a full sign-in; wrong ones slow the next try down."""
        return await Door(request, store, clock, settings).let_in_by_pin(data.login, data.pin)

    @put("/pin", guards=[any_staff], status_code=204)
    async def set_pin(
        self, data: JSONBody[Pin], request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> None:
        """Choose one's PIN."""
        await _keep_pin(data.pin, request=request, store=store, clock=clock)

    @delete()
    async def sign_out(self, request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]) -> None:
        """Sign out; doing it twice changes nothing."""
        await _let_out(request, store, clock)


class SignInPages(Controller):
    """The pages of the same."""

    include_in_schema = False

    @get("/sign-in")
    async def page(
        self, next_: Annotated[str, QueryParameter(name="next", max_length=ADDRESS_CHARACTERS_MAX)] = ""
    ) -> Template:
        return Template(template_name="staff/sign_in.html", context={"next": safe_next(next_)})

    @post("/sign-in", opt=form_at("/sign-in"))
    async def sign_in(
        self,
        data: URLEncodedBody[SignInForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        settings: NamedDependency[NodeSettings],
    ) -> Redirect:
        person = await Door(request, store, clock, settings).let_in(data.login, data.password)
        return Redirect(safe_next(data.next) or home_of(person), status_code=303)

    @get("/sign-in/password")
    async def password_page(self) -> Template:
        """One's own password in exchange for another."""
        return Template(template_name="staff/password.html")

    @post("/sign-in/password", opt=form_at("/sign-in/password"))
    async def change_password(
        self,
        data: URLEncodedBody[PasswordForm],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        settings: NamedDependency[NodeSettings],
    ) -> Redirect:
        door = Door(request, store, clock, settings)
        await door.change_password(data.login, data.password, data.new_password)
        return Redirect(home_of(await door.let_in(data.login, data.new_password)), status_code=303)

    @get("/sign-in/pin")
    async def pin_page(self) -> Template:
        """A shared desk, locked: login and PIN; and, for who is signed in, a new PIN."""
        return Template(template_name="staff/pin.html")

    @post("/sign-in/pin", opt=form_at("/sign-in/pin"))
    async def sign_in_by_pin(
        self,
        data: URLEncodedBody[PinCredentials],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        settings: NamedDependency[NodeSettings],
    ) -> Redirect:
        person = await Door(request, store, clock, settings).let_in_by_pin(data.login, data.pin)
        return Redirect(home_of(person), status_code=303)

    @post("/pin", opt=form_at("/sign-in/pin"), guards=[any_staff])
    async def set_pin(
        self,
        data: URLEncodedBody[Pin],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> Redirect:
        await _keep_pin(data.pin, request=request, store=store, clock=clock)
        return Redirect(home_of(signed_in(request)), status_code=303)

    @post("/lock")
    async def lock(self, request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]) -> Redirect:
        """Leave a shared desk to the next person: the session ends, a PIN opens another."""
        await _let_out(request, store, clock)
        return Redirect("/sign-in/pin", status_code=303)

    @post("/sign-out")
    async def sign_out(
        self, request: AnyRequest, store: NamedDependency[Store], clock: NamedDependency[Clock]
    ) -> Redirect:
        await _let_out(request, store, clock)
        return Redirect("/sign-in", status_code=303)


class AccessLogController(Controller):
    """Who looked at what: for the privacy officer."""

    path = "/api/access-log"
    tags = ("staff",)
    guards = (may(Permission.READ_ACCESS_LOG),)

    @get()
    async def entries(
        self,
        store: NamedDependency[Store],
        subject: Annotated[str | None, QueryParameter(max_length=SUBJECT_CHARACTERS_MAX)] = None,
    ) -> list[AccessEntry]:
        """The latest lines, newest first; of one case or person, if asked."""
        return await store.read(partial(queries.access_log, subject=subject))


class Door:
    """One attempt to sign in."""

    def __init__(self, request: AnyRequest, store: Store, clock: Clock, settings: NodeSettings) -> None:
        self._request = request
        self._store = store
        self._clock = clock
        self._settings = settings

    async def let_in(self, login: str, password: str) -> SignedIn:
        """Sign in; raises ``WrongPassword``, ``PasswordForOnce``, ``TooManyRequests`` or ``NotOfThisOffice``."""
        member, now = await self._known(login, password), self._clock.now()
        if member.password_expires_at is not None:
            raise PasswordForOnce
        office_id = self._settings.office_id
        await self._store.run(partial(commands.log_sign_in, member=member, office_id=office_id, now=now))
        person = self._signed_in(member)
        await sessions.begin(self._request, person)
        return person

    async def change_password(self, login: str, password: str, new_password: str) -> None:
        """Take a password of one's own; raises as ``let_in``, and ``PasswordForOnce`` where the two are the same."""
        member = await self._known(login, password)
        if password == new_password:
            raise PasswordForOnce
        hashed = await guards_of(self._request)[1].hash(new_password)
        now = self._clock.now()
        choose = partial(commands.choose_password, staff_id=member.id, password_hash=hashed, now=now)
        await self._store.run(choose)

    async def _known(self, login: str, password: str) -> StaffMember:
        account, device, now = login.strip().lower(), self._device(), self._clock.now()
        throttle, checker = guards_of(self._request)
        throttle.attempt(account=account, device=device, now=now)
        member = await self._store.read(partial(queries.member_by_login, login=account))
        is_right = await checker.matches(password, member.password_hash if member else None)
        if member is None or not is_right or (member.password_expires_at or now) < now:
            await self._store.run(partial(commands.log_wrong_password, login=account, now=now))
            raise WrongPassword
        throttle.succeeded(account=account, device=device)
        return member

    async def let_in_by_pin(self, login: str, pin: str) -> SignedIn:
        """The same by PIN; raises ``WrongPin``, ``TooManyRequests`` or ``NotOfThisOffice``."""
        account, device, now = login.strip().lower(), self._device(), self._clock.now()
        throttle, checker = guards_of(self._request)
        throttle.attempt(account=f"pin {account}", device=device, now=now)
        member = await self._store.read(partial(queries.member_by_login, login=account))
        kept = None
        if member is not None:
            kept = await self._store.read(partial(queries.pin_hash, staff_id=member.id, day=local_day(now)))
        if not await checker.matches(pin, kept) or member is None:
            await self._store.run(partial(commands.log_wrong_password, login=account, now=now))
            raise WrongPin
        throttle.succeeded(account=f"pin {account}", device=device)
        office_id = self._settings.office_id
        await self._store.run(partial(commands.log_pin_sign_in, member=member, office_id=office_id, now=now))
        person = self._signed_in(member)
        await sessions.begin(self._request, person)
        return person

    def _signed_in(self, member: StaffMember) -> SignedIn:
        return SignedIn(
            staff_id=member.id,
            name=member.name,
            roles=member.roles,
            office_id=self._settings.office_id,
            provider_id=member.provider_id,
        )

    def _device(self) -> str:
        return self._request.client.host if self._request.client else ""


def guards_of(request: AnyRequest) -> tuple[Throttle, PasswordChecker]:
    """The throttle and the checker of this app; made at the first sign-in."""
    state = request.app.state
    if "sign_in_guards" not in state:
        state["sign_in_guards"] = (Throttle(), PasswordChecker())
    guards: tuple[Throttle, PasswordChecker] = state["sign_in_guards"]
    return guards


def home_of(person: SignedIn) -> str:
    """The page a role begins the day with."""
    return next((page for role, page in _HOMES if role in person.roles), "/")


def safe_next(address: str) -> str:
    """``address`` when it is a path of this site, else empty: nobody is sent elsewhere by a link to our sign-in."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_path and "\\" not in address and not address.startswith("/sign-") else ""


async def _keep_pin(pin: str, *, request: AnyRequest, store: Store, clock: Clock) -> None:
    _, checker = guards_of(request)
    keep = partial(commands.keep_pin, by=signed_in(request), pin_hash=await checker.hash(pin), now=clock.now())
    await store.run(keep)


async def _let_out(request: AnyRequest, store: Store, clock: Clock) -> None:
    person = who(request)
    if person is not None:
        log = partial(commands.log_access, by=person, action="sign-out", subject=person.staff_id, now=clock.now())
        await store.run(log)
    await sessions.end(request)


controllers = [SessionController, SignInPages, AccessLogController]
