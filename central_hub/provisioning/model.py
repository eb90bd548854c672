"""Nodes as the city knows them, and why one is not let in."""

from datetime import datetime
from enum import StrEnum

import msgspec

from sync.vocabulary.errors import Forbidden, NotFound, Refusal


class TokenRefused(Forbidden):
    """The enrolment token is unknown, used, expired or of another office."""


class NodeIdTaken(Refusal):
    """Another node is enrolled under this id."""


class HubBegun(Refusal):
    """The hub was initialised before."""


class PairingOver(NotFound):
    """Nobody asks so any more: the half hour is over, or the request was decided before."""


class TooManyPairings(Refusal):
    """As many machines ask to be let in as the hub listens to at once, in all or from this address."""

    status = 429


class CodeMistyped(Refusal):
    """What was typed is no code of any machine; after ``left`` more of these the request ends."""

    status = 422


class PairingState(StrEnum):
    """waiting → typed → admitted | differed; refused by a person; read through ``pairing-state:<value>``."""

    WAITING = "waiting"
    TYPED = "typed"  # the machine is to open its nonce
    ADMITTED = "admitted"
    REFUSED = "refused"
    DIFFERED = "differed"  # the machine shows another code than was typed: a mistake, or somebody in the middle


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """A machine's request to be let in by its code; see ``sync.replication.pairing``."""

    pairing_id: str
    office_id: str
    node_id: str
    incarnation: str
    public_key: bytes
    commitment: bytes
    hub_nonce: bytes
    address: str
    asked_at: datetime
    expires_at: datetime
    slips: int = 0
    state: PairingState = PairingState.WAITING
    typed: str | None = None
    seal_key: bytes | None = None
    decided_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether it is still to be decided."""
        return self.state in OPEN_PAIRINGS and now < self.expires_at


OPEN_PAIRINGS = (PairingState.WAITING, PairingState.TYPED)


class Decider(msgspec.Struct, frozen=True, kw_only=True):
    """Who decides, as the access log names them."""

    actor_id: str
    office_id: str | None


class EnrolledNode(msgspec.Struct, frozen=True, kw_only=True):
    node_id: str
    office_id: str
    enrolled_at: datetime
    seen_at: datetime | None = None
    retired_at: datetime | None = None


class Token(msgspec.Struct, frozen=True, kw_only=True):
    token_hash: str
    office_id: str
    expires_at: datetime
    used_at: datetime | None = None
    node_id: str | None = None
