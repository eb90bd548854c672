"""What the desk's page refuses by itself, where it hears of its devices, and who rings."""

import re
from datetime import datetime, timedelta

import msgspec

from sync.vocabulary.errors import InvalidInput, NotFound, Refusal
from sync.vocabulary.identifiers.phone import check_phone

CODE_LETTERS_MAX = 512
RINGING_MAX = timedelta(minutes=3)  # then the call was answered, or given up
_DIGITS = re.compile(r"\+?[0-9]{7,15}")


class NoDesk(Refusal):
    """The person has taken no desk yet."""


class CodeUnknown(NotFound):
    """What was scanned names nothing of this office."""


class HandsetUnknown(NotFound):
    """No telephone of a desk asks from this address."""


class NoTelephone(Refusal):
    """No telephone stands on the person's desk."""


class NoPhoneKnown(Refusal):
    """The applicant left no number."""


class TelephoneSilent(Refusal):
    """The telephone did not take the number, or did not say so."""

    status = 503


class _Ringing(msgspec.Struct, frozen=True):
    phone: str
    since: datetime


class Switchboard:
    """Who rings at which desk now: in memory alone, for the minutes of a call."""

    def __init__(self) -> None:
        self._calls: dict[int, _Ringing] = {}

    def ring(self, desk_number: int, *, remote: str, now: datetime) -> None:
        """Somebody calls the desk; who hides their number, or has one of another country, is nobody to search for."""
        phone = caller_phone(remote)
        if phone is None:
            self._calls.pop(desk_number, None)
        else:
            self._calls[desk_number] = _Ringing(phone, now)

    def hang_up(self, desk_number: int) -> None:
        """The call is over."""
        self._calls.pop(desk_number, None)

    def caller(self, desk_number: int, *, now: datetime) -> str | None:
        """The number that calls the desk, as ``+380…``."""
        call = self._calls.get(desk_number)
        return None if call is None or now - call.since > RINGING_MAX else call.phone


def caller_phone(remote: str) -> str | None:
    """The number in ``"Name" <sip:0501234567@10.2.1.48>`` or ``0501234567``; None where there is none of Ukraine."""
    digits = _DIGITS.search(remote.rpartition("sip:")[2].partition("@")[0])
    try:
        return None if digits is None else check_phone(digits[0])
    except InvalidInput:
        return None


class CodeScanned(msgspec.Struct, frozen=True):
    """The reader on the desk has read a code."""

    code: str


class CallerChanged(msgspec.Struct, frozen=True):
    """The telephone on the desk rings, or has stopped."""


def devices_topic(desk_number: int) -> str:
    """What the devices on the desk say: one stream for all, since a browser keeps only six open to one address."""
    return f"devices-on-desk:{desk_number}"
