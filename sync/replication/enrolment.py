"""How a node becomes known to the hub, and the hub to the node: a token, and behind its dot a fingerprint."""

import os
import tomllib
from pathlib import Path

import httpx
import msgspec

from sync.replication import messages, trust
from sync.replication.messages import EnrolAnswer, EnrolRequest
from sync.replication.trust import HubUntrusted
from sync.vocabulary.errors import InvalidInput

ENROL_SECONDS = 20


class TokenFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a technician carries to an office on a stick: where the hub is, and a token for one node."""

    hub: str
    token: str


class TokenFileWrong(Exception):  # noqa: N818 - what it is
    """The file is not one that ``central-hub token --file`` wrote; the message says why."""


class NotEnrolled(Exception):  # noqa: N818 - what happened
    """The hub did not take the node; the message says why, and nothing was changed."""


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


def send(hub_url: str, request: EnrolRequest, *, known_by: str) -> bytes | None:
    """Enrol; the authority (PEM) to pin from now on, of a token that names one.

    Raises:
        NotEnrolled: whoever answers is not the hub of this token, refused, or did not answer.
    """
    try:
        authority = _authority(hub_url, known_by) if known_by else None
        answer = httpx.post(
            f"{hub_url.rstrip('/')}/sync/enrol",
            content=messages.encode(request),
            headers={"Content-Type": messages.MEDIA_TYPE, "Accept": "application/problem+json"},
            timeout=ENROL_SECONDS,
            trust_env=False,
            verify=True if authority is None else trust.trusting(authority),
        )
    except HubUntrusted as untrusted:
        raise NotEnrolled(f"{hub_url}: {trust.SAID[untrusted.code]}; nothing was changed") from untrusted
    except httpx.HTTPError as error:
        code = trust.distrust(error)
        why = trust.SAID[code] if code else f"it does not answer ({type(error).__name__})"
        raise NotEnrolled(f"{hub_url}: {why}; nothing was changed") from error
    if not answer.is_success:
        raise NotEnrolled(f"the hub refused ({answer.status_code}): {answer.text}")
    try:
        messages.decode(answer.content, EnrolAnswer)
    except InvalidInput as error:
        raise NotEnrolled(f"{hub_url}: it answers, but not as a hub; nothing was changed") from error
    return authority


def _authority(hub_url: str, known_by: str) -> bytes:
    if not hub_url.startswith("https://"):
        raise NotEnrolled(f"{hub_url}: a hub of this token is reached over TLS: its address begins with https://")
    return trust.fetch_authority(hub_url, expected_fingerprint=known_by)
