"""A node asks a hub it does not know yet to be let in by its code; each step is on the disk before the next is said.

Cut short at any point and asked again, it is the same request with the same code, and comes to the same end.
"""

from pathlib import Path

import httpx
import msgspec

from sync.replication import enrolment, pairing, trust
from sync.replication.authority import fingerprint, save_durably
from sync.replication.enrolment import HubLine, NotEnrolled
from sync.replication.pairing import Exchange, PairingAnswer, PairingQuestion, PairingRequest, PairingStanding

FILE_NAME = "pairing.json"
PAIRINGS_TARGET = "/sync/pairings"
STANDING_TARGET = "/sync/pairings/standing"
ASK_SECONDS = 2.0  # how soon a person sees that the machine was let in

SAID = {
    "pairing-over": "nobody let this node in while it waited: ask again for a fresh code; nothing was changed",
    "refused": "the city refused this node; nothing was changed",
    "differed": "another code was typed at the hub than this node shows: ask again for a fresh one; if it happens "
    "again, somebody sits on the line to the hub; nothing was changed",
    "unsealed": "whoever answers is not the hub where the code was typed: somebody sits on the line to the hub; "
    "nothing was changed",
}


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a node has said and heard so far; ``authority`` is the certificate (PEM) that whoever answers showed."""

    hub: str
    authority: str
    request: PairingRequest
    node_nonce: bytes
    hub_nonce: bytes = b""
    seal: bytes = b""

    @property
    def exchange(self) -> Exchange:
        """As the code is reckoned over it."""
        known_by = fingerprint(self.authority.encode()) if self.authority else ""
        return Exchange(request=self.request, hub_nonce=self.hub_nonce, authority=known_by)

    @property
    def code(self) -> str:
        """What a person is to type at the hub; empty until the hub has taken the request down."""
        return pairing.code(self.exchange, node_nonce=self.node_nonce) if self.hub_nonce else ""


def kept(path: Path) -> Kept | None:
    """The request under way in this file; ``None`` when there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError):
        return None


def forget(path: Path) -> None:
    """The request came to its end."""
    path.unlink(missing_ok=True)


def begin(path: Path, fresh: Kept) -> Kept:
    """Ask to be let in; goes on where this very request is under way at the same hub.

    Raises:
        HubSilent: nobody answers; ask again.
        NotEnrolled: whoever answers refuses, or is no hub.
    """
    going = kept(path)
    if going is None or (going.hub, going.request) != (fresh.hub, fresh.request):
        going = msgspec.structs.replace(fresh, authority=_authority_seen(fresh.hub))
        _keep(path, going)
    if not going.hub_nonce:
        answer = _line(going).post(PAIRINGS_TARGET, going.request, PairingAnswer)
        if len(answer.hub_nonce) != pairing.NONCE_BYTES:
            raise NotEnrolled(f"{going.hub}: {enrolment.NO_HUB}")
        going = msgspec.structs.replace(going, hub_nonce=answer.hub_nonce)
        _keep(path, going)
    return going


def ask(path: Path, going: Kept) -> tuple[Kept, bool]:
    """How it stands, and whether the node is let in, by a hub that proved to know the code.

    Raises:
        HubSilent: nobody answers; ask again.
        NotEnrolled: refused, over, or whoever answers did not know the code; nothing was changed.
    """
    nonce = going.node_nonce if going.seal else b""
    question = PairingQuestion(pairing_id=pairing.pairing_id(going.request), node_nonce=nonce)
    try:
        standing = _line(going).post(STANDING_TARGET, question, PairingStanding)
    except NotEnrolled as refused:
        if refused.code in SAID:
            raise NotEnrolled(SAID[refused.code], code=refused.code) from refused
        raise
    if standing.state in SAID:
        raise NotEnrolled(SAID[standing.state], code=standing.state)
    if standing.enrolled is not None:
        if not _knew_the_code(going, standing):
            raise NotEnrolled(SAID["unsealed"], code="unsealed")
        return going, True
    if standing.seal and not going.seal:
        going = msgspec.structs.replace(going, seal=standing.seal)
        _keep(path, going)
    return going, False


def _knew_the_code(going: Kept, standing: PairingStanding) -> bool:
    """Whether the key that is opened fits the seal that was heard before this node opened anything."""
    reckoned = pairing.seal(going.exchange, typed=going.code, seal_key=standing.seal_key)
    return bool(going.seal) and pairing.is_same(reckoned, going.seal)


def _authority_seen(hub_url: str) -> str:
    """The certificate of whoever answers, believed only once the code agrees; empty where a proxy answers for a hub."""
    try:
        return trust.fetch_any_authority(hub_url).decode("ascii")
    except (httpx.HTTPError, ValueError) as error:
        raise enrolment.said(hub_url, error) from error


def _line(going: Kept) -> HubLine:
    return HubLine(going.hub, authority=going.authority.encode() or None)


def _keep(path: Path, going: Kept) -> None:
    save_durably(path, msgspec.json.encode(going))
