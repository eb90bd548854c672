"""Terminals of the Telium family (Ingenico) over a serial line: ENQ and ACK, one ask, one answer.

The protocol names no request and tells of no past one: a lost answer is for a person. Only ENQ, which moves nothing,
is sent more than once; an ask never is, whatever the terminal answers. The port stays open between acts, so that an
answer that comes late is still heard, and the regular ``probe`` is the ENQ without which some terminals fall asleep
over night.
"""

import msgspec

from device_drivers.driver import READY, Condition, offline
from device_drivers.errors import NeedsAttention, OutcomeUnknown, Unavailable
from device_drivers.link import SerialLink
from device_drivers.payment_terminal.protocol import (
    NOT_SUPPORTED,
    UNSETTLED,
    Approved,
    Baseline,
    Capabilities,
    Declined,
    Merchants,
    NotPerformed,
    OperationKind,
    Outcome,
    PartiallyApproved,
    Released,
    Totals,
    Undecided,
)
from device_drivers.payment_terminal.telium_codec import EOT, Answer, Ask, decode_outcome, encode_ask
from device_drivers.payment_terminal.telium_line import Busy, FrameRefused, TeliumLine

HRYVNIA = "980"


class TeliumSerial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="telium-serial"):
    """Settings of a terminal on USB or a serial port; ``pos_number`` is this till's, two digits."""

    port: str
    baud: int = 9_600
    pos_number: str = "01"
    answer_seconds: float = 2.0  # for a control character; the terminal's own limit is about as long
    purchase_seconds: float = 310.0  # for a person, a PIN and the bank


class TeliumTerminal:
    """One ask at a time over a port that is held."""

    def __init__(self, settings: TeliumSerial) -> None:
        self._settings = settings
        self._line: TeliumLine | None = None
        self._unsettled: tuple[str, Ask] | None = None
        self._late: Answer | None = None

    def probe(self) -> Condition:
        try:
            self._look()
        except Unavailable as error:
            return offline(error.reason)
        return READY

    def capabilities(self) -> Capabilities:
        return Capabilities(
            can_inquire=False,
            can_void=False,
            can_refund=True,
            can_total=False,
            can_settle=False,
            has_merchants=False,
        )

    def merchants(self) -> Merchants:
        return Merchants()

    def baseline(self) -> Baseline:
        """Empty: the terminal tells of no past operation; Unavailable where it does not answer at all."""
        self._look()
        return Baseline(invoice_number="", rrn="")

    def charge(self, *, amount_kopecks: int, ref: str, merchant_id: str) -> Approved | Declined | PartiallyApproved:
        """As the protocol says; the terminal has one recipient, whatever ``merchant_id`` is."""
        del merchant_id
        return self._move(self._ask(OperationKind.CHARGE, amount_kopecks), ref=ref)

    def void(self, *, amount_kopecks: int, ref: str, invoice_number: str) -> Approved | Declined | PartiallyApproved:
        del amount_kopecks, invoice_number
        raise Unavailable(NOT_SUPPORTED, ref=ref)

    def refund(
        self, *, amount_kopecks: int, ref: str, merchant_id: str, rrn: str
    ) -> Approved | Declined | PartiallyApproved:
        """As the protocol says; the card itself names the charge, and ``rrn`` does not leave."""
        del merchant_id, rrn
        return self._move(self._ask(OperationKind.REFUND, amount_kopecks), ref=ref)

    def inquire(
        self, *, ref: str, kind: OperationKind, baseline: Baseline, amount_kopecks: int, invoice_number: str
    ) -> Approved | Declined | PartiallyApproved | NotPerformed | Undecided:
        """The answer of the act itself where it came late; else nobody but a person knows."""
        del kind, baseline, amount_kopecks, invoice_number
        self._look()
        if self._late is None or self._unsettled is None or self._unsettled[0] != ref:
            return Undecided(ref=ref)
        try:
            outcome = decode_outcome(self._late, ask=self._unsettled[1], ref=ref)
        except OutcomeUnknown:
            return Undecided(ref=ref)
        self._unsettled = None
        return outcome

    def release(self, *, ref: str) -> Released:
        if self._unsettled is not None and self._unsettled[0] == ref:
            self._unsettled = None
        return Released(ref=ref)

    def totals(self, *, merchant_id: str) -> Totals:
        del merchant_id
        raise Unavailable(NOT_SUPPORTED)

    def settle(self, *, ref: str, merchant_id: str) -> Totals:
        del merchant_id
        raise Unavailable(NOT_SUPPORTED, ref=ref)

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _ask(self, kind: OperationKind, amount_kopecks: int) -> Ask:
        pos_number = self._settings.pos_number
        return Ask(amount_kopecks=amount_kopecks, kind=kind, pos_number=pos_number, currency=HRYVNIA)

    def _move(self, ask: Ask, *, ref: str) -> Outcome:
        """Send an ask, once; from its first byte on only an answer tells what became of it."""
        frame = encode_ask(ask)
        if self._unsettled is not None:
            raise NeedsAttention(UNSETTLED, ref=self._unsettled[0])
        line = self._greet()
        self._unsettled, self._late = (ref, ask), None
        try:
            line.hand_over(frame)
            answer = line.await_answer(wait_seconds=self._settings.purchase_seconds)
        except FrameRefused:
            self._unsettled = None
            raise Unavailable("frame-refused") from None
        except (OSError, ValueError) as error:
            if not isinstance(error, TimeoutError | ValueError):
                self.close()  # the line is gone: the next act opens it anew
            raise OutcomeUnknown(ref) from error
        outcome = decode_outcome(answer, ask=ask, ref=ref)
        self._unsettled = None
        return outcome

    def _open(self) -> TeliumLine:
        if self._line is None:
            link = SerialLink(self._settings.port, baud=self._settings.baud)
            self._line = TeliumLine(link, answer_seconds=self._settings.answer_seconds)
        return self._line

    def _greet(self) -> TeliumLine:
        """Get the terminal's ear, having heard what it had to say; raises Unavailable."""
        line = self._open()
        try:
            late = line.greet()
        except Busy as error:
            raise Unavailable("busy") from error
        except TimeoutError as error:
            raise Unavailable("no-handshake") from error
        except OSError as error:
            self.close()
            raise Unavailable("no-answer") from error
        if late is not None:
            self._late = late
        return line

    def _look(self) -> None:
        """Say hello and goodbye, which moves nothing and keeps the terminal awake; raises Unavailable."""
        line = self._greet()
        try:
            line.send(EOT)
        except OSError as error:
            self.close()
            raise Unavailable("no-answer") from error
