"""PrivatBank's ECR JSON protocol as pure functions: requests to bytes, bytes to replies, replies to outcomes.

Source: "ECR протокол ПриватБанк (JSON based)", version 1.0.3.1 of 17.01.2025. UTF-8 JSON, each message ended by one
zero byte; the handshake has one in front as well. A reply names its request only by method.
"""

import json
import re

import msgspec

from device_drivers.errors import BadCall, NeedsAttention, OutcomeUnknown
from device_drivers.payment_terminal.protocol import (
    AMOUNT_KOPECKS_MAX,
    Approved,
    Baseline,
    CardReceipt,
    Declined,
    NotPerformed,
    PartiallyApproved,
    Undecided,
)

FRAME_BYTES_MAX = 262_144  # a reply with its slip is a few kilobytes
FRAME_END = b"\x00"
HANDSHAKE = "PingDevice"
APPROVED, APPROVED_IN_PART = "0000", "0010"
SHORT_REPLY_MIN = 1_000  # from here on the code is the terminal's own, below the host's
# Cancelled by the person, refused by the chip: the terminal says itself that nothing was charged.
DECLINED_BY_TERMINAL = {"1001": "cancelled", "1002": "card-refused"}
# The terminal cannot work until someone has helped it.
HELP_WANTED = {"1003": "log-full", "1004": "no-bank-link", "1005": "paper-out", "1006": "no-keys", "1007": "no-reader"}
_AMOUNT = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,2}))?")
_BARE_ZEROS = re.compile(rb'("code"\s*:\s*)(0\d+)')  # the protocol's own example has "code": 00


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the terminal; unknown fields are left out, all values are text without outer blanks."""

    method: str
    params: dict[str, str] = {}
    is_error: bool = False

    @property
    def message_type(self) -> str:
        """Of a ServiceMessage, which; else empty."""
        return self.params.get("msgType", "") if self.method == "ServiceMessage" else ""

    @property
    def response_code(self) -> str:
        """The four digits, also where a terminal sends two."""
        return self.params.get("responseCode", "").zfill(4) if self.params.get("responseCode") else ""


def encode_request(method: str, params: dict[str, str] | None = None) -> bytes:
    """A request as it goes over the line."""
    message: dict[str, object] = {"method": method, "step": 0}
    if params is not None:
        message["params"] = params
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + FRAME_END


def encode_handshake() -> bytes:
    """The first message on a fresh line."""
    return FRAME_END + encode_request(HANDSHAKE)


def purchase_params(*, amount_kopecks: int, merchant_id: str) -> dict[str, str]:
    """Parameters of Purchase, with the two that real terminals refuse to miss; raises BadCall outside the bounds."""
    if not 0 < amount_kopecks <= AMOUNT_KOPECKS_MAX:
        raise BadCall(f"{amount_kopecks} kopecks, from 1 to {AMOUNT_KOPECKS_MAX}")
    return {"amount": _amount(amount_kopecks), "discount": "", "merchantId": merchant_id, "facepay": "false"}


class FrameSplitter:
    """Cuts what comes over the line into messages: several in one chunk, one in several chunks, empty ones."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The messages that ``chunk`` completes; raises ValueError when one grows beyond FRAME_BYTES_MAX."""
        *whole, self._rest = (self._rest + chunk).split(FRAME_END)
        if len(self._rest) > FRAME_BYTES_MAX:
            raise ValueError(f"a message of more than {FRAME_BYTES_MAX} bytes")
        return [frame for frame in whole if frame.strip()]


def decode_reply(frame: bytes) -> Reply:
    """One message; raises ValueError for what is none."""
    text = _BARE_ZEROS.sub(rb'\1"\2"', frame.removeprefix(b"\xef\xbb\xbf"))
    message = json.loads(text.decode("utf-8", errors="replace"))
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        raise ValueError("no message of this protocol")  # noqa: TRY004 - bad input, not a bug
    params = message.get("params")
    texts = {str(name): str(text).strip() for name, text in params.items()} if isinstance(params, dict) else {}
    return Reply(method=message["method"].strip(), params=texts, is_error=message.get("error") is True)


def decode_receipt(reply: Reply) -> CardReceipt:
    """The facts of an operation; raises ValueError when the amount is no amount."""
    params = reply.params
    return CardReceipt(
        amount_kopecks=_kopecks(params.get("amount", "")),
        invoice_number=params.get("invoiceNumber", ""),
        rrn=params.get("rrn", ""),
        approval_code=params.get("approvalCode", ""),
        pan_masked=params.get("pan", ""),
        payment_system=params.get("paymentSystem", ""),
        terminal_id=params.get("terminalId", ""),
        merchant=params.get("merchant", ""),
        at_text=f"{params.get('date', '')} {params.get('time', '')}".strip(),
        slip=params.get("receipt", ""),
    )


def decode_purchase(reply: Reply, *, ref: str, amount_kopecks: int) -> Approved | Declined | PartiallyApproved:
    """What a reply to Purchase says; raises NeedsAttention where the terminal names its need, else OutcomeUnknown."""
    code = reply.response_code
    if code in HELP_WANTED:
        raise NeedsAttention(HELP_WANTED[code], ref=ref)
    if code in DECLINED_BY_TERMINAL:
        return Declined(ref=ref, code=code, reason=DECLINED_BY_TERMINAL[code])
    outcome = _outcome(reply, ref=ref, amount_kopecks=amount_kopecks)
    if outcome is None:
        raise OutcomeUnknown(ref, reason="unclear-answer")
    return outcome


def decode_baseline(reply: Reply) -> Baseline:
    """What a reply to GetReceiptInfo says of the last operation; empty when the terminal has none to show."""
    if reply.is_error:
        return Baseline(invoice_number="", rrn="")
    return Baseline(invoice_number=reply.params.get("invoiceNumber", ""), rrn=reply.params.get("rrn", ""))


def settle(
    reply: Reply, *, ref: str, baseline: Baseline, amount_kopecks: int
) -> Approved | Declined | PartiallyApproved | NotPerformed | Undecided:
    """What became of a charge, from the last operation now and the one before it.

    ``error`` belongs to the question itself here, ``responseCode`` to the operation it tells of. An operation of
    another amount is another's: the previous payer's receipt must never pass for this one's.
    """
    if reply.is_error:
        return Undecided(ref=ref)
    if decode_baseline(reply) == baseline:
        return NotPerformed(ref=ref)
    outcome = _outcome(reply, ref=ref, amount_kopecks=amount_kopecks)
    if outcome is None or reply.params.get("txnType", "1") not in {"0", "1"}:
        return Undecided(ref=ref, receipt=_receipt_or_none(reply))
    return outcome


def _outcome(reply: Reply, *, ref: str, amount_kopecks: int) -> Approved | Declined | PartiallyApproved | None:
    """The outcome that code, status and amount agree on; None when they do not."""
    code = reply.response_code
    if code in {APPROVED, APPROVED_IN_PART} and reply.params.get("trnStatus", "1") in {"0", "1"}:
        receipt = _receipt_or_none(reply, amount_kopecks=amount_kopecks)
        if receipt is not None and receipt.amount_kopecks == amount_kopecks and code == APPROVED:
            return Approved(ref=ref, receipt=receipt)
        if receipt is not None and 0 < receipt.amount_kopecks < amount_kopecks and code == APPROVED_IN_PART:
            return PartiallyApproved(ref=ref, receipt=receipt)
        return None
    if code.isdigit() and 0 < int(code) < SHORT_REPLY_MIN and code != APPROVED_IN_PART:
        return Declined(ref=ref, code=code, reason="refused-by-bank")
    return None


def _receipt_or_none(reply: Reply, *, amount_kopecks: int | None = None) -> CardReceipt | None:
    """The receipt; a terminal that prints by itself leaves the fields empty: then the amount is the one asked for."""
    if amount_kopecks is not None and not reply.params.get("amount"):
        reply = msgspec.structs.replace(reply, params={**reply.params, "amount": _amount(amount_kopecks)})
    try:
        return decode_receipt(reply)
    except ValueError:
        return None


def _amount(kopecks: int) -> str:
    return f"{kopecks // 100}.{kopecks % 100:02d}"


def _kopecks(amount: str) -> int:
    """Kopecks of "0.60", "0,60" or "7"."""
    found = _AMOUNT.fullmatch(amount)
    if found is None:
        raise ValueError(f"{amount[:20]!r} is no amount")
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
