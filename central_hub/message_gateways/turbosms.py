"""TurboSMS, whose HTTP API carries messages of Ukrainian offices: turbosms.ua/en/api.html.

A request is `POST /message/send.json` with a bearer token; the answer is HTTP 200 with a `response_code` of the whole
and one for each recipient. What a code means stands below, after the provider's own list. A code that is not there, an
HTTP error and silence after the first byte say nothing of whether the message was taken.

**A lost answer.** The status request (`/message/status.json`) wants the provider's own id of the message, which came
with the answer. But a request that bears a `sequence_id` is executed only once: asked again under the same one, the
provider does nothing and answers 507 with the results of the first. So the same request *is* the question. The public
text does not say for how long the provider remembers it; the hub asks for ten minutes only, and then lets the message
be unknown for good. (427 tells the same of an equal text to an equal number within 90 seconds.)
"""

import ssl
from collections.abc import Callable

import httpx
import msgspec

from central_hub.notifications.model import GatewayAway, MessageRefused, OutcomeUnknown, Trouble
from central_hub.settings import MessageSettings
from sync.configuration import ConfigurationWrong

SEND_PATH = "/message/send.json"
SECONDS_MAX = 15.0  # what an answer may take

DONE_BEFORE = 507  # FAILED_DUPLICATE_REQUEST: the results are those of the first request with this sequence_id
TAKEN = {
    0,  # OK, of a recipient
    427,  # NOT_ALLOWED_MESSAGE_DUPLICATE: this very message was made within 90 seconds
    800,  # SUCCESS_MESSAGE_ACCEPTED
    801,  # SUCCESS_MESSAGE_SENT
    802,  # SUCCESS_MESSAGE_PARTIAL_ACCEPTED
    803,  # SUCCESS_MESSAGE_PARTIAL_SENT
}
REFUSED = {
    304,  # INVALID_MESSAGE_TEXT
    305,  # INVALID_PHONE
    404,  # NOT_ALLOWED_NUMBER_STOPLIST: this person wants no messages
    406,  # NOT_ALLOWED_RECIPIENT_COUNTRY
    412,  # NOT_ALLOWED_MESSAGE_TEXT
    413,  # NOT_ALLOWED_MESSAGE_TEXT_LENGTH
}
NOT_TAKEN = {
    103: Trouble.TOKEN,  # REQUIRED_TOKEN
    104: Trouble.REQUEST,  # REQUIRED_CONTENT
    105: Trouble.TOKEN,  # REQUIRED_AUTH
    106: Trouble.TOKEN,  # the account is not active
    200: Trouble.SENDER,  # REQUIRED_MESSAGE_SENDER
    201: Trouble.REQUEST,  # REQUIRED_MESSAGE_TEXT
    202: Trouble.REQUEST,  # REQUIRED_MESSAGE_RECIPIENT
    203: Trouble.MONEY,  # REQUIRED_BALANCE
    300: Trouble.REQUEST,  # INVALID_REQUEST
    301: Trouble.TOKEN,  # INVALID_TOKEN
    302: Trouble.SENDER,  # INVALID_MESSAGE_SENDER
    400: Trouble.SENDER,  # NOT_ALLOWED_MESSAGE_SENDER
    401: Trouble.SENDER,  # NOT_ALLOWED_MESSAGE_SENDER_NOT_ACTIVE
    421: Trouble.SENDER,  # NOT_ALLOWED_MESSAGE_TRAFFIC_TYPE
    502: Trouble.REQUEST,  # FAILED_PARSE_BODY
    503: Trouble.BUSY,  # FAILED_SMS_SEND
}


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What is said, and under which name it comes."""

    sender: str
    text: str


class SendRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``SEND_PATH``; ``recipients`` are digits with the country's code."""

    recipients: tuple[str, ...]
    sms: Words
    sequence_id: str = ""


class RecipientResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the message to one recipient; ``message_id`` None: nothing."""

    phone: str
    response_code: int
    response_status: str
    message_id: str | None = None


class SendAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer."""

    response_code: int
    response_status: str
    response_result: list[RecipientResult] | None = None


class TurboSms:
    """A ``Gateway``: one message a request, for no two of ours are equal.

    ``token`` is asked each time, for it may be changed while the hub runs; it raises ConfigurationWrong.
    """

    def __init__(
        self, settings: MessageSettings, *, token: Callable[[], str], seconds_max: float = SECONDS_MAX
    ) -> None:
        self._settings, self._token, self._seconds_max = settings, token, seconds_max
        self._tls = ssl.create_default_context()

    async def send(self, *, phone: str, text: str, request_id: str) -> None:
        """See ``Gateway``."""
        words = Words(sender=self._settings.sender, text=text)
        wanted = SendRequest(recipients=(phone.lstrip("+"),), sms=words, sequence_id=request_id)
        try:
            bearer = f"Bearer {self._token()}".encode("ascii")
        except (ConfigurationWrong, UnicodeEncodeError) as error:
            raise GatewayAway(Trouble.TOKEN) from error
        headers = {b"Authorization": bearer, b"Content-Type": b"application/json"}
        url = self._settings.gateway_url.rstrip("/") + SEND_PATH
        async with httpx.AsyncClient(verify=self._tls, timeout=self._seconds_max, trust_env=False) as client:
            try:
                response = await client.post(url, content=msgspec.json.encode(wanted), headers=headers)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                raise GatewayAway from error
            except (httpx.LocalProtocolError, httpx.UnsupportedProtocol) as error:  # nothing of this can be sent
                raise GatewayAway(Trouble.REQUEST) from error
            except httpx.HTTPError as error:  # the first byte may have left
                raise OutcomeUnknown from error
        judge(response)


def judge(response: httpx.Response) -> None:
    """Return when the message was taken; raises GatewayAway, MessageRefused, OutcomeUnknown."""
    if response.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise GatewayAway(Trouble.TOKEN)
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise GatewayAway(Trouble.BUSY)
    if response.is_client_error:
        raise GatewayAway(Trouble.REQUEST)
    try:
        answer = msgspec.json.decode(response.content, type=SendAnswer)
    except msgspec.DecodeError as error:
        raise OutcomeUnknown from error
    results = answer.response_result or []
    code = results[0].response_code if results else answer.response_code
    if not response.is_success or (not results and code in {0, DONE_BEFORE}):
        raise OutcomeUnknown
    if code in REFUSED:
        raise MessageRefused
    if (trouble := NOT_TAKEN.get(code)) is not None:
        raise GatewayAway(trouble)
    if code not in TAKEN:
        raise OutcomeUnknown
