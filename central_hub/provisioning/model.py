"""Nodes as the city knows them, and why one is not let in."""

from datetime import datetime

import msgspec

from sync.vocabulary.errors import Forbidden, Refusal


class TokenRefused(Forbidden):
    """The enrolment token is unknown, used, expired or of another office."""


class NodeIdTaken(Refusal):
    """Another node is enrolled under this id."""


class HubBegun(Refusal):
    """The hub was initialised before."""


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
