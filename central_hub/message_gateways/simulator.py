"""The provider that is not there: its API as far as the hub uses it, and a page with the messages that came.

Faults: ``broken`` (HTTP 500, takes nothing) · ``deaf`` (takes nothing and does not answer) · ``dumb`` (takes the
message and does not answer) · ``locked`` (another token) · ``penniless`` (no money on the account) · ``unwanted``
(whoever it is wants no messages).
"""

import asyncio
from collections import deque
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar

import msgspec
import uvicorn
from babel.support import LazyProxy
from litestar import Litestar, Request, get, post
from litestar.exceptions import InternalServerException
from litestar.params import JSONBody, URLEncodedBody
from litestar.response import Redirect, Template

from central_hub.message_gateways.turbosms import DONE_BEFORE, SEND_PATH, RecipientResult, SendAnswer, SendRequest
from sync.ambient import Clock, Ids
from sync.vocabulary.errors import InvalidInput
from sync.web.i18n import gettext
from sync.web.pages import PageSettings, folders_of
from sync.web.parts import WebParts, WebSettings
from sync.web.serving import QuietServer

KEPT_MAX = 200  # the page is for looking, not for keeping
SILENT_SECONDS_MAX = 60.0
NUMBER_DIGITS = 12  # 380 and nine more
BAD_TOKEN = SendAnswer(response_code=301, response_status="INVALID_TOKEN")
NO_MONEY = SendAnswer(response_code=203, response_status="REQUIRED_BALANCE")


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it stands on somebody's telephone."""

    phone: str
    sender: str
    text: str
    at: datetime


class Provider:
    """What the provider holds, and what is wrong with it. ``token`` empty: any opens it."""

    FAULTS: ClassVar[tuple[str, ...]] = ("broken", "deaf", "dumb", "locked", "penniless", "unwanted")

    def __init__(self, *, clock: Clock, ids: Ids, token: str = "") -> None:
        self._clock, self._ids, self._token = clock, ids, token
        self._answers: dict[str, SendAnswer] = {}
        self._changed = asyncio.Event()
        self.fault: str | None = None
        self.received: deque[Received] = deque(maxlen=KEPT_MAX)

    def set_fault(self, fault: str | None) -> None:
        """Behave so from now on, None is well again; raises ValueError for a fault it does not know."""
        if fault is not None and fault not in self.FAULTS:
            raise ValueError(fault)
        self.fault = fault
        self._changed.set()
        self._changed = asyncio.Event()

    async def answer(self, wanted: SendRequest, *, authorization: str) -> SendAnswer:
        """As the provider would; raises InternalServerException when it is broken, or nobody waits any more."""
        if self.fault in {"broken", "deaf"}:
            await self._fail()
        if self.fault == "locked" or (self._token and authorization != f"Bearer {self._token}"):
            return BAD_TOKEN
        before = self._answers.get(wanted.sequence_id)
        if before is None and self.fault == "penniless":
            return NO_MONEY
        answer = self._take(wanted) if before is None else before
        if wanted.sequence_id:
            self._answers[wanted.sequence_id] = answer
        if len(self._answers) > KEPT_MAX:
            del self._answers[next(iter(self._answers))]
        if self.fault == "dumb":
            await self._fail()
        if before is None:
            return answer
        return SendAnswer(
            response_code=DONE_BEFORE,
            response_status="FAILED_DUPLICATE_REQUEST",
            response_result=before.response_result,
        )

    async def _fail(self) -> None:
        if self.fault != "broken":
            with suppress(TimeoutError):
                async with asyncio.timeout(SILENT_SECONDS_MAX):
                    await self._changed.wait()
        raise InternalServerException

    def _take(self, wanted: SendRequest) -> SendAnswer:
        results = [self._take_one(phone, wanted) for phone in wanted.recipients]
        taken = sum(result.message_id is not None for result in results)
        code, status = (800, "ACCEPTED") if taken == len(results) else (802, "PARTIAL_ACCEPTED")
        return SendAnswer(response_code=code, response_status=f"SUCCESS_MESSAGE_{status}", response_result=results)

    def _take_one(self, phone: str, wanted: SendRequest) -> RecipientResult:
        if not (phone.startswith("380") and phone.isdecimal() and len(phone) == NUMBER_DIGITS):
            return RecipientResult(phone=phone, response_code=305, response_status="INVALID_PHONE")
        if self.fault == "unwanted":
            return RecipientResult(phone=phone, response_code=404, response_status="NOT_ALLOWED_NUMBER_STOPLIST")
        self.received.appendleft(
            Received(phone=phone, sender=wanted.sms.sender, text=wanted.sms.text, at=self._clock.now())
        )
        return RecipientResult(phone=phone, response_code=0, response_status="OK", message_id=self._ids.new())


class FaultWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall go wrong; nothing makes it well again."""

    fault: str = ""


def simulator_server(provider: Provider, *, port: int) -> QuietServer:
    """Its server, on this machine only; whoever waits for a silent answer does not hold up its stop."""
    app = simulator_app(provider)
    return QuietServer(uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=1))


def simulator_app(provider: Provider) -> Litestar:
    """The provider's API, and its page at ``/``."""

    @post(SEND_PATH, status_code=200)
    async def send(request: Request[Any, Any, Any], data: JSONBody[SendRequest]) -> SendAnswer:
        return await provider.answer(data, authorization=request.headers.get("authorization", ""))

    @get("/", include_in_schema=False)
    async def page() -> Template:
        return Template("message_gateways/telephones.html", context=shown())

    @get("/live/messages", include_in_schema=False)
    async def live() -> Template:
        return Template("message_gateways/_messages.html", context=shown())

    @post("/fault", include_in_schema=False)
    async def set_fault(data: URLEncodedBody[FaultWanted]) -> Redirect:
        try:
            provider.set_fault(data.fault or None)
        except ValueError as error:
            raise InvalidInput(field="fault", rule="choice") from error
        return Redirect("/", status_code=303)

    def shown() -> dict[str, object]:
        return {"received": provider.received, "fault": provider.fault, "faults": provider.FAULTS}

    pages = PageSettings(
        site_name=LazyProxy(gettext, "Simulated telephones", enable_cache=False), packages=folders_of(["central_hub"])
    )
    web = WebSettings(pages=pages, version="simulator", sessions_path=":memory:", session_cookie="session-telephones")
    return Litestar(route_handlers=[send, page, live, set_fault], plugins=[WebParts(web)])
