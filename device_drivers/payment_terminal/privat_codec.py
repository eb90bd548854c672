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
    Merchant,
    Merchants,
    NotPerformed,
    OperationKind,
    PartiallyApproved,
    Totals,
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
# Nothing to report since the last end of day (5.18.3).
EMPTY_LOG = "0001"
# The terminal's numbers of kinds (5.1.2, 5.30.2): 0 is "undefined"
KINDS = {OperationKind.CHARGE: {"", "0", "1"}, OperationKind.REFUND: {"", "0", "2"}, OperationKind.VOID: {"", "0", "3"}}
VOIDED, REVERSED = "3", frozenset({"3", "4"})
_TOTAL = re.compile(r"загальні\s+підсумки.*?\sз\s+бонусами/знижками\s+(\S+)", re.IGNORECASE | re.DOTALL)
_WHOLE_NUMBER = re.compile(r"(\d{6})(\d{3,9})(\d{4})")  # PCI DSS: at most the first six and the last four are shown
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
    return {"amount": _checked(amount_kopecks), "discount": "", "merchantId": merchant_id, "facepay": "false"}


def refund_params(*, amount_kopecks: int, merchant_id: str, rrn: str) -> dict[str, str]:
    """Parameters of Refund; raises BadCall outside the bounds, or without the RRN of the charge."""
    if not rrn:
        raise BadCall("a refund needs the RRN of its charge")
    return {"amount": _checked(amount_kopecks), "discount": "", "merchantId": merchant_id, "rrn": rrn}


def void_params(*, amount_kopecks: int, invoice_number: str) -> dict[str, str]:
    """Parameters of Withdrawal; raises BadCall outside the bounds, or without the receipt's number."""
    if not invoice_number.strip("0"):
        raise BadCall("a void needs the number of its receipt")  # "0" and "" are "the last one" elsewhere
    _checked(amount_kopecks)
    return {"invoiceNumber": invoice_number}


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
        pan_masked=_masked(params.get("pan", "")),
        payment_system=params.get("paymentSystem", ""),
        terminal_id=params.get("terminalId", ""),
        merchant=params.get("merchant", ""),
        at_text=f"{params.get('date', '')} {params.get('time', '')}".strip(),
        slip=params.get("receipt", ""),
    )


def decode_outcome(reply: Reply, *, ref: str, amount_kopecks: int) -> Approved | Declined | PartiallyApproved:
    """What a reply to Purchase, Refund or Withdrawal says.

    Raises NeedsAttention where the terminal names its need, else OutcomeUnknown.
    """
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
    reply: Reply, *, ref: str, baseline: Baseline, amount_kopecks: int, kind: OperationKind
) -> Approved | Declined | PartiallyApproved | NotPerformed | Undecided:
    """What became of an act, from the last operation now and the one before it.

    ``error`` belongs to the question itself here, ``responseCode`` to the operation it tells of. An operation of
    another amount or kind is another's: the previous payer's receipt must never pass for this one's.
    """
    last = decode_baseline(reply)
    if not (last.invoice_number or last.rrn):
        return Undecided(ref=ref)  # it tells nothing: that proves nothing
    if last == baseline:
        return NotPerformed(ref=ref)
    outcome = _outcome(reply, ref=ref, amount_kopecks=amount_kopecks)
    if outcome is None or reply.params.get("txnType", "") not in KINDS[kind]:
        return Undecided(ref=ref, receipt=_receipt_or_none(reply))
    return outcome


def settle_void(reply: Reply, *, ref: str, amount_kopecks: int) -> Approved | None:
    """What GetReceiptInfo says of a charge to be voided: that it is, or None when that does not show there."""
    is_undone = reply.params.get("txnType") == VOIDED or reply.params.get("trnStatus") in REVERSED
    receipt = None if reply.is_error or not is_undone else _receipt_or_none(reply, amount_kopecks=amount_kopecks)
    return None if receipt is None or receipt.amount_kopecks != amount_kopecks else Approved(ref=ref, receipt=receipt)


def decode_totals(reply: Reply) -> Totals | None:
    """What a reply to Audit or Verify counts, nothing when its log is empty; None when the terminal did not do it.

    The sum stands in the report's text only, under "Загальні підсумки". Raises NeedsAttention where it names its need.
    """
    if reply.response_code in HELP_WANTED:
        raise NeedsAttention(HELP_WANTED[reply.response_code])
    slip = reply.params.get("receipt", "")
    if reply.response_code == EMPTY_LOG:
        return Totals(amount_kopecks=0, slip=slip)
    if reply.response_code != APPROVED or reply.is_error:
        return None
    found = _TOTAL.search(slip)
    try:
        return Totals(amount_kopecks=_kopecks(found[1]) if found else None, slip=slip)
    except ValueError:
        return Totals(amount_kopecks=None, slip=slip)


def decode_merchants(reply: Reply) -> Merchants:
    """What a reply to getMerchantList names; its own fields beside the numbered ones are none."""
    numbered = {number: name for number, name in reply.params.items() if number.isdecimal()}
    ordered = sorted(numbered.items(), key=lambda each: int(each[0]))
    return Merchants(merchants=tuple(Merchant(id=number, name=name) for number, name in ordered))


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


def _masked(pan: str) -> str:
    """The card's number as a till may keep it: terminals mask it themselves, and one that does not goes no further."""
    return _WHOLE_NUMBER.sub(lambda found: f"{found[1]}{'X' * len(found[2])}{found[3]}", pan.replace(" ", ""))


def _checked(kopecks: int) -> str:
    if not 0 < kopecks <= AMOUNT_KOPECKS_MAX:
        raise BadCall(f"{kopecks} kopecks, from 1 to {AMOUNT_KOPECKS_MAX}")
    return _amount(kopecks)


def _amount(kopecks: int) -> str:
    return f"{kopecks // 100}.{kopecks % 100:02d}"


def _kopecks(amount: str) -> int:
    """Kopecks of "0.60", "0,60" or "7"."""
    found = _AMOUNT.fullmatch(amount)
    if found is None:
        raise ValueError(f"{amount[:20]!r} is no amount")
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
