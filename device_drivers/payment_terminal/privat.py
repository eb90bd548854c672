"""Terminals of PrivatBank's ECR JSON protocol, over TCP or a serial port."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from device_drivers.driver import READY, Condition, offline
from device_drivers.errors import NeedsAttention, OutcomeUnknown, Unavailable
from device_drivers.link import Link, Patience, SerialLink, TcpLink
from device_drivers.payment_terminal.privat_codec import (
    APPROVED,
    HANDSHAKE,
    FrameSplitter,
    Reply,
    decode_baseline,
    decode_merchants,
    decode_outcome,
    decode_reply,
    decode_totals,
    encode_handshake,
    encode_request,
    purchase_params,
    refund_params,
    settle,
    settle_void,
    void_params,
)
from device_drivers.payment_terminal.protocol import (
    NOT_SUPPORTED,
    UNSETTLED,
    Approved,
    Baseline,
    Capabilities,
    Declined,
    Inquired,
    Merchants,
    NotPerformed,
    OperationKind,
    Outcome,
    PartiallyApproved,
    Released,
    Totals,
    Undecided,
)

ANSWER_SECONDS = 5.0  # for everything that needs no person
IDLE_SECONDS_MAX = 120.0  # a terminal finishes or gives up by then
IDLE_POLL_SECONDS = 0.5
IDLE_POLLS_MAX = int(IDLE_SECONDS_MAX / IDLE_POLL_SECONDS)
REPORT_SECONDS = 120.0  # an end of day talks to the bank and prints
NOT_IMPLEMENTED = "methodNotImplemented"


class PrivatTcp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="privat-tcp"):
    """Settings of a terminal in the network: ``address`` is host:port, usually port 2000.

    ``settle_seconds`` is the pause the terminal wants after a handshake (Verifone: 3 to 5).
    """

    address: str
    answer_seconds: float = ANSWER_SECONDS
    settle_seconds: float = 1.0
    purchase_seconds: float = 310.0  # what acquirers advise for a person, a PIN and the bank
    report_seconds: float = REPORT_SECONDS


class PrivatSerial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="privat-serial"):
    """Settings of a terminal on USB or a serial port."""

    port: str
    baud: int = 115_200
    answer_seconds: float = ANSWER_SECONDS
    settle_seconds: float = 1.0
    purchase_seconds: float = 310.0
    report_seconds: float = REPORT_SECONDS


class Session:
    """One handshaken line; every answer that nobody waits for any more is read and dropped."""

    def __init__(self, link: Link, *, answer_seconds: float) -> None:
        self._link = link
        self._answer_seconds = answer_seconds
        self._splitter = FrameSplitter()
        self._replies: list[Reply] = []

    def handshake(self, *, settle_seconds: float) -> Reply:
        """Say hello; the reply tells whether the terminal is free. Raises OSError or ValueError."""
        self._link.send(encode_handshake())
        reply = self._reply_to(HANDSHAKE, wait_seconds=self._answer_seconds)
        self.listen(settle_seconds)
        return reply

    def ask(self, method: str, params: dict[str, str] | None, *, wait_seconds: float | None = None) -> Reply:
        """Send one request, once, and wait for its reply or for ``deviceBusy``; raises OSError or ValueError."""
        self._link.send(encode_request(method, params))
        return self._reply_to(method, wait_seconds=self._answer_seconds if wait_seconds is None else wait_seconds)

    def _reply_to(self, method: str, *, wait_seconds: float) -> Reply:
        patience = Patience(wait_seconds)
        while True:
            while self._replies:
                reply = self._replies.pop(0)
                if reply.method == method or reply.message_type in {"deviceBusy", "methodNotImplemented"}:
                    return reply
            self._take(patience.left_seconds())

    def listen(self, seconds: float) -> None:
        """Hear what the terminal says by itself, and forget it."""
        patience = Patience(seconds)
        try:
            while True:
                self._take(patience.left_seconds())
        except TimeoutError:
            self._replies.clear()

    def _take(self, wait_seconds: float) -> None:
        for frame in self._splitter.feed(self._link.receive(wait_seconds=wait_seconds)):
            try:
                self._replies.append(decode_reply(frame))
            except ValueError:
                continue  # noise on the line, and terminals' own slips in JSON; the wait goes on


class PrivatTerminal:
    """A fresh line per operation: handshake, one question, close. Nothing else may hold the terminal meanwhile."""

    def __init__(self, settings: PrivatTcp | PrivatSerial) -> None:
        self._settings = settings
        self._unsettled: str | None = None

    def probe(self) -> Condition:
        try:
            with self._free_session():
                return READY
        except Unavailable as error:
            return offline(error.reason)

    def capabilities(self) -> Capabilities:
        with self._free_session() as session:
            asked = _last_operation(session)
        return Capabilities(
            can_inquire=asked is not None,  # GetReceiptInfo came with version 1.0.3.1
            can_void=True,
            can_refund=True,
            can_total=True,
            can_settle=True,
            has_merchants=True,
        )

    def merchants(self) -> Merchants:
        with self._session() as (session, _):
            return decode_merchants(_answer(session, "ServiceMessage", {"msgType": "getMerchantList"}))

    def baseline(self) -> Baseline:
        with self._free_session() as session:
            last = _last_operation(session)
        return Baseline(invoice_number="", rrn="") if last is None else decode_baseline(last)

    def charge(self, *, amount_kopecks: int, ref: str, merchant_id: str) -> Approved | Declined | PartiallyApproved:
        params = purchase_params(amount_kopecks=amount_kopecks, merchant_id=merchant_id)
        return self._move("Purchase", params, ref=ref, amount_kopecks=amount_kopecks)

    def void(self, *, amount_kopecks: int, ref: str, invoice_number: str) -> Approved | Declined | PartiallyApproved:
        params = void_params(amount_kopecks=amount_kopecks, invoice_number=invoice_number)
        return self._move("Withdrawal", params, ref=ref, amount_kopecks=amount_kopecks)

    def refund(
        self, *, amount_kopecks: int, ref: str, merchant_id: str, rrn: str
    ) -> Approved | Declined | PartiallyApproved:
        params = refund_params(amount_kopecks=amount_kopecks, merchant_id=merchant_id, rrn=rrn)
        return self._move("Refund", params, ref=ref, amount_kopecks=amount_kopecks)

    def inquire(
        self, *, ref: str, kind: OperationKind, baseline: Baseline, amount_kopecks: int, invoice_number: str
    ) -> Approved | Declined | PartiallyApproved | NotPerformed | Undecided:
        with self._session() as (session, hello):
            _wait_until_idle(session, hello)
            if kind is OperationKind.VOID and invoice_number:
                reply = _answer(session, "GetReceiptInfo", {"invoiceNumber": invoice_number})
                voided = settle_void(reply, ref=ref, amount_kopecks=amount_kopecks)
                if voided is not None:
                    return self._settled(voided)
            last = _last_operation(session)
        if last is None:
            return self._settled(Undecided(ref=ref))
        return self._settled(settle(last, ref=ref, baseline=baseline, amount_kopecks=amount_kopecks, kind=kind))

    def release(self, *, ref: str) -> Released:
        if self._unsettled == ref:
            self._unsettled = None
        return Released(ref=ref)

    def totals(self, *, merchant_id: str) -> Totals:
        with self._free_session() as session:
            return _counted(
                _answer(session, "Audit", {"merchantId": merchant_id}, wait_seconds=self._settings.report_seconds)
            )

    def settle(self, *, ref: str, merchant_id: str) -> Totals:
        with self._free_session() as session:
            try:
                reply = session.ask("Verify", {"merchantId": merchant_id}, wait_seconds=self._settings.report_seconds)
            except (OSError, ValueError) as error:
                raise OutcomeUnknown(ref) from error
        return _counted(reply)

    def close(self) -> None:
        """Nothing is held between operations."""

    def _move(self, method: str, params: dict[str, str], *, ref: str, amount_kopecks: int) -> Outcome:
        """Send an act that moves money, once; from its first byte on only an answer tells what became of it."""
        if self._unsettled is not None:
            raise NeedsAttention(UNSETTLED, ref=self._unsettled)
        with self._free_session() as session:
            self._unsettled = ref
            try:
                reply = session.ask(method, params, wait_seconds=self._settings.purchase_seconds)
            except (OSError, ValueError) as error:
                raise OutcomeUnknown(ref) from error
        if reply.message_type:
            self._unsettled = None  # the terminal's own word that it did not begin
            raise Unavailable(NOT_SUPPORTED if reply.message_type == NOT_IMPLEMENTED else "busy")
        try:
            outcome = decode_outcome(reply, ref=ref, amount_kopecks=amount_kopecks)
        except NeedsAttention:
            self._unsettled = None
            raise
        self._unsettled = None
        return outcome

    def _settled(self, found: Inquired) -> Inquired:
        """What the terminal told; what it did not tell, a person settles."""
        if not isinstance(found, Undecided):
            self._unsettled = None
        return found

    @contextmanager
    def _session(self) -> Iterator[tuple[Session, Reply]]:
        link = _connect(self._settings)
        try:
            session = Session(link, answer_seconds=self._settings.answer_seconds)
            try:
                hello = session.handshake(settle_seconds=self._settings.settle_seconds)
            except (OSError, ValueError) as error:
                raise Unavailable("no-handshake") from error
            yield session, hello
        finally:
            link.close()

    @contextmanager
    def _free_session(self) -> Iterator[Session]:
        with self._session() as (session, hello):
            if hello.message_type:
                raise Unavailable("busy")
            if hello.response_code not in {"", APPROVED} or hello.is_error:
                raise Unavailable("not-ready")
            yield session


def _connect(settings: PrivatTcp | PrivatSerial) -> Link:
    match settings:
        case PrivatTcp(address=address):
            return TcpLink(address)
        case PrivatSerial(port=port, baud=baud):
            return SerialLink(port, baud=baud)


def _wait_until_idle(session: Session, hello: Reply) -> None:
    """Return when the terminal is free and works on nothing; raises Unavailable when it does not come to rest.

    A free terminal answers the hello with 0000, a working one with ``deviceBusy``; status 0 is "nothing under way".
    """
    for _ in range(IDLE_POLLS_MAX):
        if not hello.message_type:
            status = _answer(session, "ServiceMessage", {"msgType": "getLastStatMsgCode"})
            if status.params.get("LastStatMsgCode", "0") in {"0", "00"}:
                return
        session.listen(IDLE_POLL_SECONDS)
        hello = _answer(session, HANDSHAKE, None)
    raise Unavailable("still-working")


def _last_operation(session: Session) -> Reply | None:
    """What the terminal says of its last operation; None when its software is too old to be asked."""
    reply = _answer(session, "GetReceiptInfo", {"invoiceNumber": ""})
    if reply.message_type == NOT_IMPLEMENTED:
        return None
    if reply.message_type:
        raise Unavailable("busy")
    return reply


def _counted(reply: Reply) -> Totals:
    if reply.message_type:
        raise Unavailable(NOT_SUPPORTED if reply.message_type == NOT_IMPLEMENTED else "busy")
    totals = decode_totals(reply)
    if totals is None:
        raise Unavailable("report-refused")
    return totals


def _answer(
    session: Session, method: str, params: dict[str, str] | None, *, wait_seconds: float | None = None
) -> Reply:
    """The reply to a question that moves nothing; raises Unavailable when there is none."""
    try:
        return session.ask(method, params, wait_seconds=wait_seconds)
    except (OSError, ValueError) as error:
        raise Unavailable("no-answer") from error
