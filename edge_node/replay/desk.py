"""One desk with its administrator: signs in, calls, registers, takes payments, finishes."""

import asyncio
from datetime import datetime

import msgspec

from edge_node.replay.applicants import synthetic_applicant
from edge_node.replay.asking import Asker, Refused
from edge_node.replay.pace import Pace
from edge_node.replay.plan import AtDesk, Charge, Finish, NoShow, Register, Serve
from edge_node.replay.record import OfficeRecord
from edge_node.replay.stage import Account
from sync.ambient import Ids
from sync.vocabulary.applicant import Applicant, NotifyBy
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import ServiceCode

UNAUTHORIZED, CONFLICT = 401, 409
INQUIRIES_MAX = 5
INQUIRY_PAUSE_SECONDS = 2.0
ON_ITS_WAY = frozenset({"intended", "sending"})
UNKNOWN = "unknown"


class Empty(msgspec.Struct, frozen=True):
    """``{}``."""


class CallWish(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to call: the true order is that of the day replayed, not the one the queue would choose."""

    ticket_number: str


class NewCase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a case is registered with."""

    applicant: Applicant
    service_code: ServiceCode
    ticket_id: str
    notify_by: NotifyBy
    fee_kopecks: int | None = None


class DeskTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as far as a desk needs it."""

    id: str
    number: str
    issued_at: datetime


class RegisteredCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as far as a desk needs it."""

    case_id: str
    number: str


class ChargeState(msgspec.Struct, frozen=True, kw_only=True):
    """A charge as far as a desk needs it."""

    id: str
    state: str
    charged_kopecks: int = 0


class DeskInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A desk of the office."""

    id: str
    number: int
    spheres: tuple[Sphere, ...]
    occupant_id: str | None = None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed in."""

    staff_id: str


class ReplayDesk:
    """One session of one administrator at one desk."""

    def __init__(self, asker: Asker, account: Account, *, record: OfficeRecord, ids: Ids, seed: str) -> None:
        self.staff_id = ""
        self._asker = asker
        self._account = account
        self._record = record
        self._ids = ids
        self._seed = seed
        self._desk_id = ""
        self._terminal = asyncio.Lock()

    def share_terminal(self, terminal: asyncio.Lock) -> None:
        """The office has one payment terminal: who pays there waits for who paid before."""
        self._terminal = terminal

    async def sign_in(self) -> None:
        """Raises ``Refused``."""
        body = {"login": self._account.login, "password": self._account.password}
        answer = await self._asker.send("POST", "/api/session", body)
        self.staff_id = msgspec.json.decode(answer, type=Person).staff_id

    async def desks(self) -> list[DeskInfo]:
        """All desks of the office."""
        return await self._asker.get("/api/desks", list[DeskInfo])

    async def take(self, desk_id: str) -> None:
        """Open the desk; raises ``Refused``."""
        await self._asker.send("PUT", f"/api/desks/{desk_id}/occupant")
        self._desk_id = desk_id

    async def leave(self) -> None:
        """Close the desk, as far as it can be closed, and let the connection go."""
        if self._desk_id:
            try:
                await self._asker.send("DELETE", f"/api/desks/{self._desk_id}/occupant")
                await self._asker.send("DELETE", "/api/session")
            except Refused as refused:
                self._record.refused("leave", refused)
        await self._asker.close()

    async def call(self, ticket: DeskTicket) -> bool:
        """Whether the ticket stands at this desk now."""
        path = f"/api/desks/{self._desk_id}/calls"
        try:
            await self._post(path, CallWish(ticket_number=ticket.number), name="call")
        except Refused as refused:
            was_called = refused.is_repeated and refused.problem.facts.get("ticket_number") == ticket.number
            if not was_called:
                self._record.refused("call", refused)
                return False
        self._record.called += 1
        return True

    async def serve(self, ticket: DeskTicket, then: tuple[AtDesk, ...], *, pace: Pace) -> None:
        """All that happens until the desk is free again; a refusal is counted, and the rest still tried."""
        case: RegisteredCase | None = None
        for step in then:
            await pace.until(step.at_minute)
            try:
                match step:
                    case Serve():
                        await self._move(ticket, "serving")
                    case Register():
                        case = await self._register(ticket, step)
                    case Charge() if case is not None:
                        await self._charge(case)
                    case Finish():
                        await self._move(ticket, "finish")
                        self._record.served += 1
                    case NoShow():
                        await self._move(ticket, "no-show")
                        self._record.no_shows += 1
            except Refused as refused:
                self._record.refused(type(step).__name__.lower(), refused)

    async def _move(self, ticket: DeskTicket, verb: str) -> None:
        try:
            await self._post(f"/api/tickets/{ticket.id}/{verb}", Empty(), name=verb)
        except Refused as refused:
            if not (refused.is_repeated and refused.status == CONFLICT):
                raise

    async def _register(self, ticket: DeskTicket, step: Register) -> RegisteredCase:
        new = NewCase(
            applicant=synthetic_applicant(step.applicant, seed=self._seed),
            service_code=step.service_code,
            ticket_id=ticket.id,
            notify_by=NotifyBy.SMS,
            fee_kopecks=step.fee_kopecks,
        )
        answer = await self._post("/api/cases", new, name="register", key=self._ids.new())
        case = msgspec.json.decode(answer, type=RegisteredCase)
        self._record.registered_case(case.number)
        return case

    async def _charge(self, case: RegisteredCase) -> None:
        async with self._terminal:
            answer = await self._post(f"/api/cases/{case.case_id}/charges", Empty(), name="charge", key=self._ids.new())
            charge = msgspec.json.decode(answer, type=ChargeState)
            charge = await self._ended(charge)
        self._record.charges[charge.state] += 1
        self._record.paid(case.number, kopecks=charge.charged_kopecks)

    async def _ended(self, charge: ChargeState) -> ChargeState:
        """The charge at its end; after ``INQUIRIES_MAX`` looks as it stands, which may still be unknown."""
        for _ in range(INQUIRIES_MAX):
            if charge.state not in ON_ITS_WAY and charge.state != UNKNOWN:
                break
            await asyncio.sleep(INQUIRY_PAUSE_SECONDS)
            if charge.state == UNKNOWN:
                answer = await self._post(f"/api/charges/{charge.id}/inquiry", Empty(), name="inquiry")
                charge = msgspec.json.decode(answer, type=ChargeState)
            else:
                charge = await self._asker.get(f"/api/charges/{charge.id}", ChargeState)
        return charge

    async def _post(self, path: str, body: msgspec.Struct, *, name: str, key: str | None = None) -> bytes:
        """Ask; sign in anew where the session has ended (half an hour without an act)."""
        try:
            return await self._asker.timed(name, path, body, key=key)
        except Refused as refused:
            if refused.status != UNAUTHORIZED:
                raise
            await self.sign_in()
            return await self._asker.timed(name, path, body, key=key)
