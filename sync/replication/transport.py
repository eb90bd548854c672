"""Signed requests to the hub over httpx; what the network and the hub answer, in three words."""

import base64
import logging
from typing import TypeVar

import httpx
import msgspec

from sync.replication import messages
from sync.replication.identity import (
    NODE_HEADER,
    NONCE_HEADER,
    PROTOCOL_HEADER,
    SIGNATURE_HEADER,
    NodeKey,
    RequestToSign,
)
from sync.replication.messages import BLOB_OFFSET_HEADER, BLOB_SIZE_HEADER
from sync.replication.trust import Trust, distrust

_log = logging.getLogger(__name__)

M = TypeVar("M", bound=msgspec.Struct)

CONNECT_SECONDS = 5
DIGEST_SECONDS = 300.0  # the largest office's is the work of seconds, and at night the hub has many to answer
ANSWER_SECONDS = messages.PULL_WAIT_SECONDS + 10  # the long poll is the slowest answer
CREATED = 201
NOT_FOUND = 404
TOO_LARGE = 413
TOO_MANY = 429
DISK_FULL = 507
CHUNKS_UNKNOWN = "chunks-unknown"  # a hub of the first protocol takes blobs whole only
LATER_SECONDS_MAX = 300  # whatever the hub says: an office is not silent for longer than it would be without a word
LATER = frozenset({TOO_MANY, 502, 503, 504})
SESSION_CODES = frozenset(
    {
        "nonce-expired",
        "chain-gap",
        "chain-forked",
        "cursor-lost",
        "node-forked",
        "node-retired",
        "protocol-mismatch",
        "signature-wrong",
    }
)  # the next greeting says what is the matter


class Unreachable(Exception):  # noqa: N818 - a state of the line, as people say it
    """The hub did not answer, or asked to come later; what was sent may have arrived."""


class Later(Unreachable):
    """This node asks too much (429), or the hub has too much to do: it may come again in ``seconds``."""

    def __init__(self, status: int, *, seconds: int) -> None:
        super().__init__(f"{status}, {seconds} s")
        self.status = status
        self.seconds = seconds


class Distrusted(Unreachable):
    """Whoever answered is not the hub this node knows; ``code`` is as ``trust.distrust`` says."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SessionLost(Exception):  # noqa: N818 - the same
    """The hub wants to be greeted again."""


class TooLarge(Exception):  # noqa: N818 - the same
    """The hub takes no batch of this size."""


class HubRefusal(Exception):  # noqa: N818 - the same
    """The hub refused for a rule; ``code`` is the problem's."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class HeldBlob(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub holds of a blob: ``offset`` bytes of it from this node, or the whole."""

    offset: int
    is_whole: bool = False


class _Problem(msgspec.Struct):
    code: str = ""


class Transport:
    """One node's signed requests; ``base_url`` is the hub's address."""

    def __init__(self, client: httpx.AsyncClient, *, node_id: str, key: NodeKey, trust: Trust | None = None) -> None:
        self._client = client
        self._trust = trust
        self._node_id = node_id
        self._key = key
        self.protocol = messages.PROTOCOL

    def hear_authorities(self, announced: tuple[bytes, ...]) -> None:
        """Trust what the hub announces from now on; without a pinned authority nothing is believed."""
        if self._trust is not None and self._trust.hear(announced):
            _log.info("the hub announced its authorities anew: %d", len(announced))

    async def call(self, method: str, target: str, *, nonce: str, message: msgspec.Struct | None = None) -> bytes:
        """The body of the answer to a message; raises as ``send`` does."""
        body = b"" if message is None else messages.encode(message)
        return await self.send(method, target, nonce=nonce, body=body)

    async def ask(self, method: str, target: str, *, nonce: str, message: msgspec.Struct | None, answer: type[M]) -> M:
        """The decoded answer to a message; raises as ``send`` does."""
        return messages.decode(await self.call(method, target, nonce=nonce, message=message), answer)

    async def send(self, method: str, target: str, *, nonce: str, body: bytes) -> bytes:
        """The body of the answer.

        Raises:
            Unreachable: no answer, or Later.
            SessionLost: greet again.
            TooLarge: send less.
            HubRefusal: any other refusal.
        """
        return _body_of(await self._answer(method, target, nonce=nonce, body=body))

    async def held_blob(self, sha256: str, *, nonce: str) -> HeldBlob:
        """How far the hub holds the blob; raises as ``send`` does, and HubRefusal while no case it knows names it."""
        answer = await self._answer("HEAD", f"/blobs/{sha256}", nonce=nonce, body=b"")
        offset = answer.headers.get(BLOB_OFFSET_HEADER, "")
        if answer.status_code == NOT_FOUND and offset.isdecimal():
            return HeldBlob(offset=int(offset))
        if answer.status_code == NOT_FOUND:
            raise HubRefusal(NOT_FOUND, "blob-unknown" if offset else CHUNKS_UNKNOWN)
        _body_of(answer)
        return HeldBlob(offset=0, is_whole=True)

    async def send_blob_chunk(self, sha256: str, chunk: bytes, *, nonce: str, offset: int, size: int) -> HeldBlob:
        """The next chunk of a blob of ``size``; raises as ``send`` does."""
        target = f"/blobs/{sha256}?offset={offset}&size={size}"
        answer = await self._answer("PATCH", target, nonce=nonce, body=chunk)
        _body_of(answer)
        held = answer.headers.get(BLOB_OFFSET_HEADER, "")
        if not held.isdecimal():
            raise Unreachable("not the hub")
        return HeldBlob(offset=int(held), is_whole=answer.status_code == CREATED)

    async def fetch_blob_chunk(self, sha256: str, *, nonce: str, offset: int, length: int) -> tuple[bytes, int]:
        """At most ``length`` bytes from ``offset``, and the size of the whole; raises as ``send`` does."""
        target = f"/blobs/{sha256}?offset={offset}&length={length}"
        answer = await self._answer("GET", target, nonce=nonce, body=b"")
        body = _body_of(answer)
        size = answer.headers.get(BLOB_SIZE_HEADER, "")
        if not size.isdecimal():
            raise Unreachable("not the hub")
        return body, int(size)

    async def _answer(self, method: str, target: str, *, nonce: str, body: bytes) -> httpx.Response:
        covered = RequestToSign(method=method, target=target, body=body, nonce=nonce).covered()
        headers = {
            NODE_HEADER: self._node_id,
            NONCE_HEADER: nonce,
            SIGNATURE_HEADER: base64.b64encode(self._key.sign(covered)).decode(),
            PROTOCOL_HEADER: str(self.protocol),
            "Content-Type": messages.MEDIA_TYPE,
            "Accept": f"{messages.MEDIA_TYPE}, application/problem+json",
        }
        is_digest = target.startswith("/sync/digest")
        timeout = httpx.Timeout(DIGEST_SECONDS, connect=CONNECT_SECONDS) if is_digest else httpx.USE_CLIENT_DEFAULT
        try:
            return await self._client.request(method, target, content=body, headers=headers, timeout=timeout)
        except httpx.HTTPError as error:
            code = distrust(error)
            raise (Distrusted(code) if code else Unreachable(type(error).__name__)) from error


def new_client(base_url: str, *, trust: Trust | None = None) -> httpx.AsyncClient:
    """A client for the hub at ``base_url``, which must show a certificate by an authority of ``trust``."""
    timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    verify = True if trust is None else trust.context
    return httpx.AsyncClient(base_url=base_url, timeout=timeout, trust_env=False, verify=verify)


def _body_of(response: httpx.Response) -> bytes:
    if response.is_success:
        return response.content
    if response.status_code == TOO_LARGE:
        raise TooLarge
    if response.status_code in LATER:
        seconds = response.headers.get("Retry-After", "")
        if seconds.isdecimal():
            raise Later(response.status_code, seconds=min(int(seconds), LATER_SECONDS_MAX))
        raise Unreachable(str(response.status_code))
    try:
        code = msgspec.json.decode(response.content, type=_Problem).code
    except msgspec.MsgspecError:
        code = ""
    if code in SESSION_CODES:
        raise SessionLost(code)
    if response.is_server_error and response.status_code != DISK_FULL:
        raise Unreachable(str(response.status_code))
    raise HubRefusal(response.status_code, code)
