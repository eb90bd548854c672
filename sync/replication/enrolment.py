"""How a node becomes known to the hub, and the hub to the node: a token, and behind its dot a fingerprint."""

import os
import ssl
import tomllib
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec

from sync.replication import messages, trust
from sync.replication.messages import EnrolAnswer, EnrolRequest
from sync.replication.trust import HubUntrusted
from sync.vocabulary.errors import InvalidInput

M = TypeVar("M", bound=msgspec.Struct)

ENROL_SECONDS = 20
TOO_MANY = 429
NO_HUB = "it answers, but not as a hub; nothing was changed"


class TokenFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a technician carries to an office on a stick: where the hub is, and a token for one node."""

    hub: str
    token: str


class TokenFileWrong(Exception):  # noqa: N818 - what it is
    """The file is not one that ``central-hub token --file`` wrote; the message says why."""


class NotEnrolled(Exception):  # noqa: N818 - what happened
    """The hub did not take the node; the message says why, and nothing was changed. ``code``: the hub's refusal."""

    def __init__(self, why: str, *, code: str = "") -> None:
        super().__init__(why)
        self.code = code


def write_token_file(path: Path, told: TokenFile) -> None:
    """For its owner's eyes alone, where the file system knows owners; a file that is there stays.

    Raises:
        FileExistsError: there is one; the token in it may be another office's.
    """
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f'hub = "{told.hub}"\ntoken = "{told.token}"\n')
        file.flush()
        os.fsync(file.fileno())


def read_token_file(path: Path) -> TokenFile:
    """Raises TokenFileWrong."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="ascii")), TokenFile)
    except (OSError, ValueError) as error:
        raise TokenFileWrong(f"{path} holds no token: {error}") from error


def split(token: str) -> tuple[str, str]:
    """The secret of a token as ``central-hub token`` prints it, and the fingerprint of the hub's authority, or ''."""
    secret, _, known_by = token.partition(".")
    return secret, known_by


class HubSilent(NotEnrolled):
    """Nobody answered, or not yet: the same may be said again."""


class HubLine:
    """What a node says before the hub knows it; ``authority`` (PEM) is whom it believes, None: the machine's own."""

    def __init__(self, hub_url: str, *, authority: bytes | None) -> None:
        self._url = hub_url.rstrip("/")
        self._verify: ssl.SSLContext | bool = True if authority is None else trust.trusting(authority)

    def post(self, target: str, message: msgspec.Struct, answer: type[M]) -> M:
        """The answer to ``message``; raises HubSilent, or NotEnrolled for a refusal and for whoever is no hub."""
        try:
            told = httpx.post(
                f"{self._url}{target}",
                content=messages.encode(message),
                headers={"Content-Type": messages.MEDIA_TYPE, "Accept": "application/problem+json"},
                timeout=ENROL_SECONDS,
                trust_env=False,
                verify=self._verify,
            )
        except httpx.HTTPError as error:
            raise said(self._url, error) from error
        if told.status_code == TOO_MANY or told.is_server_error:
            raise HubSilent(f"{self._url}: it asks to come again later ({told.status_code}); nothing was changed")
        if not told.is_success:
            raise NotEnrolled(f"the hub refused ({told.status_code}): {told.text}", code=_code_of(told))
        try:
            return messages.decode(told.content, answer)
        except InvalidInput as error:
            raise NotEnrolled(f"{self._url}: {NO_HUB}") from error


class _Problem(msgspec.Struct):
    code: str = ""


def _code_of(told: httpx.Response) -> str:
    try:
        return msgspec.json.decode(told.content, type=_Problem).code
    except msgspec.MsgspecError:
        return ""


def said(hub_url: str, error: Exception) -> NotEnrolled:
    """Why nobody was spoken to, as a sentence."""
    code = trust.distrust(error)
    if code is not None:
        return NotEnrolled(f"{hub_url}: {trust.SAID[code]}; nothing was changed")
    if isinstance(error, httpx.HTTPError):
        return HubSilent(f"{hub_url}: it does not answer ({type(error).__name__}); nothing was changed")
    return NotEnrolled(f"{hub_url}: {NO_HUB}")


def send(hub_url: str, request: EnrolRequest, *, known_by: str) -> bytes | None:
    """Enrol; the authority (PEM) to pin from now on, of a token that names one.

    Raises:
        NotEnrolled: whoever answers is not the hub of this token, refused, or did not answer.
    """
    try:
        authority = _authority(hub_url, known_by) if known_by else None
    except HubUntrusted as untrusted:
        raise NotEnrolled(f"{hub_url}: {trust.SAID[untrusted.code]}; nothing was changed") from untrusted
    except httpx.HTTPError as error:
        raise said(hub_url, error) from error
    HubLine(hub_url, authority=authority).post("/sync/enrol", request, EnrolAnswer)
    return authority


def _authority(hub_url: str, known_by: str) -> bytes:
    if not hub_url.startswith("https://"):
        raise NotEnrolled(f"{hub_url}: a hub of this token is reached over TLS: its address begins with https://")
    return trust.fetch_authority(hub_url, expected_fingerprint=known_by)
