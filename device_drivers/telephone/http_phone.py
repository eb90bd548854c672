"""A telephone that dials when its own web address is asked for (Yealink, Fanvil, Htek and others: *Action URI*).

The telephone must be told once to take such requests from this machine. Its address holds the number: httpx is kept
from writing it down.
"""

import re
from typing import Literal
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from device_drivers.driver import READY, Condition, offline
from device_drivers.errors import BadCall, NeedsAttention, OutcomeUnknown, Unavailable
from device_drivers.telephone.protocol import Dialled

NUMBER_HERE = "{number}"
UKRAINE = "+380"
FORBIDDEN = {401, 403}
_NUMBER = re.compile(r"\+?[0-9]{2,15}")


class HttpPhone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="http-phone"):
    """Settings of a handset.

    ``dial_url`` holds ``{number}``: ``http://192.168.10.55/servlet?key=number={number}``. ``ukraine_as`` stands
    in place of ``+380`` where the exchange wants ``0``.
    """

    dial_url: str
    user: str = ""
    password: str = ""
    login: Literal["basic", "digest"] = "basic"
    ukraine_as: str = UKRAINE
    answer_seconds: float = 4.0

    def __post_init__(self) -> None:
        """Raises ValueError for an address without a place for the number."""
        parts = urlsplit(self.dial_url)
        if NUMBER_HERE not in self.dial_url or parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("dial_url: an http address that holds {number}")


class HttpTelephone:
    """One request, one call."""

    def __init__(self, settings: HttpPhone) -> None:
        self._settings = settings
        kinds = {"basic": httpx.BasicAuth, "digest": httpx.DigestAuth}
        login = kinds[settings.login](settings.user, settings.password) if settings.user else None
        # no proxy of this machine's environment may see whom an office calls
        self._client = httpx.Client(auth=login, timeout=settings.answer_seconds, trust_env=False)

    def probe(self) -> Condition:
        parts = urlsplit(self._settings.dial_url)
        try:
            self._client.head(f"{parts.scheme}://{parts.netloc}/")
        except httpx.HTTPError:
            return offline("no-connection")
        return READY  # whatever it said, it is there

    def dial(self, *, number: str) -> Dialled:
        if _NUMBER.fullmatch(number) is None:
            raise BadCall("a number of 2 to 15 digits")
        if number.startswith(UKRAINE):
            number = self._settings.ukraine_as + number.removeprefix(UKRAINE)
        try:
            answer = self._client.get(self._settings.dial_url.replace(NUMBER_HERE, quote(number, safe="")))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unavailable("no-connection") from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown("", reason="no-answer") from error
        if answer.status_code in FORBIDDEN:
            raise NeedsAttention("not-allowed")
        if not answer.is_success:
            raise NeedsAttention("refused")
        return Dialled()

    def close(self) -> None:
        self._client.close()
