"""Telium's cash-register protocol ("Concert", "Protocol E") as pure functions: asks to bytes, bytes to outcomes.

Source: pyTeliumManager 2.4.2, whose codec the tests compare this one with. Single control characters hand the line
over; a message is STX, ASCII, ETX and the LRC (xor of what follows STX, ETX included). No field names the request:
an answer belongs to the ask before it.
"""

import re
from functools import reduce
from operator import xor

import msgspec

from device_drivers.errors import BadCall, OutcomeUnknown
from device_drivers.payment_terminal.protocol import (
    Approved,
    CardReceipt,
    Declined,
    OperationKind,
    Outcome,
    PartiallyApproved,
)

STX, ETX, EOT, ENQ, ACK, NAK = b"\x02", b"\x03", b"\x04", b"\x05", b"\x06", b"\x15"
AMOUNT_KOPECKS_MIN, AMOUNT_KOPECKS_MAX = 100, 9_999_999  # the terminal's own bounds
FRAME_BYTES_MAX = 256
TAKEN, REFUSED = "0", "7"
TRANSACTION_TYPES = {OperationKind.CHARGE: "0", OperationKind.REFUND: "2"}
_CARD = "1"
_WITH_REPORT, _AFTER_THE_END, _NO_FORCED_CALL = "1", "A010", "B010"
_PRIVATE_LETTERS = 10
_ANSWER = re.compile(
    r"(?P<pos>\d\d)(?P<result>\d)(?P<amount>\d{8})(?P<mode>.)(?P<report>.{55})?(?P<currency>.{3})(?P<private>.{10})",
    re.DOTALL,
)
_CARD_NUMBER = re.compile(r"\d{12,19}")


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What the terminal is asked for."""

    amount_kopecks: int
    kind: OperationKind
    pos_number: str  # two digits
    currency: str  # three digits of ISO 4217


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What it answers; ``report`` may hold a card's whole number and must go no further than its mask."""

    pos_number: str
    result: str
    amount_kopecks: int
    currency: str
    report: str
    private: str


def lrc(message: bytes) -> bytes:
    """The check byte of what stands between STX and itself."""
    return bytes([reduce(xor, message, 0)])


def encode_ask(ask: Ask) -> bytes:
    """The message of 34 letters; raises BadCall for an amount that the field or the terminal does not take."""
    if not AMOUNT_KOPECKS_MIN <= ask.amount_kopecks <= AMOUNT_KOPECKS_MAX:
        raise BadCall(f"{ask.amount_kopecks} kopecks, from {AMOUNT_KOPECKS_MIN} to {AMOUNT_KOPECKS_MAX}")
    fields = (
        ask.pos_number,
        f"{ask.amount_kopecks:08d}",
        _WITH_REPORT,
        _CARD,
        TRANSACTION_TYPES[ask.kind],
        ask.currency,
        " " * _PRIVATE_LETTERS,
        _AFTER_THE_END,
        _NO_FORCED_CALL,
    )
    body = "".join(fields).encode("ascii") + ETX
    return STX + body + lrc(body)


def whole_frame(received: bytes) -> bytes | None:
    """The first message in ``received``, without what stands before it; None while it is not complete.

    Raises ValueError when it grows beyond FRAME_BYTES_MAX.
    """
    start = received.find(STX)
    end = received.find(ETX, start + 1)
    if start < 0 or end < 0 or end + 1 >= len(received):
        if len(received) > FRAME_BYTES_MAX:
            raise ValueError(f"a message of more than {FRAME_BYTES_MAX} bytes")
        return None
    return received[start : end + 2]


def decode_answer(frame: bytes) -> Answer:
    """The answer, long or short; raises ValueError when its LRC or its form is wrong."""
    if lrc(frame[1:-1]) != frame[-1:]:
        raise ValueError("wrong LRC")
    found = _ANSWER.fullmatch(frame[1:-2].decode("ascii"))
    if found is None:
        raise ValueError("no answer of this protocol")
    return Answer(
        pos_number=found["pos"],
        result=found["result"],
        amount_kopecks=int(found["amount"]),
        currency=found["currency"],
        report=(found["report"] or "").strip(),
        private=found["private"].strip(),
    )


def decode_outcome(answer: Answer, *, ask: Ask, ref: str) -> Outcome:
    """What an answer means for an ask; raises OutcomeUnknown when the two do not belong together, or it is unclear."""
    if answer.pos_number != ask.pos_number or answer.amount_kopecks > ask.amount_kopecks:
        raise OutcomeUnknown(ref, reason="unclear-answer")
    if answer.result == REFUSED:
        return Declined(ref=ref, code=answer.result, reason="refused-by-bank")
    if answer.result != TAKEN or answer.amount_kopecks == 0:
        raise OutcomeUnknown(ref, reason="unclear-answer")
    receipt = CardReceipt(
        amount_kopecks=answer.amount_kopecks,
        invoice_number=answer.private,
        rrn="",
        pan_masked=_masked(answer.report),
    )
    if answer.amount_kopecks < ask.amount_kopecks:
        return PartiallyApproved(ref=ref, receipt=receipt)
    return Approved(ref=ref, receipt=receipt)


def _masked(report: str) -> str:
    """The last four digits of the card's number in ``report``, if there is one."""
    found = _CARD_NUMBER.search(report)
    return "" if found is None else f"{'X' * (len(found[0]) - 4)}{found[0][-4:]}"
