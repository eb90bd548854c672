"""Who speaks to the gateway, what it refuses, and the sessions that ``hello`` opens."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import Protocol, runtime_checkable

import msgspec

from central_hub.settings import LimitSettings
from central_hub.storage.replica import CITY, node_scope, office_scope
from sync.replication.messages import PROTOCOL, Operation
from sync.vocabulary.errors import Forbidden, NotSignedIn, Refusal
from sync.vocabulary.live import LiveState
from sync.web.problems import TooManyRequests

FIRST_PROTOCOL = 1
NONCE_HOURS = 1
NONCES_MAX_PER_NODE = 8  # a node that says hello in a loop does not fill the hub's memory
HELLO_NONCES_KEPT = 256
KEY_CHANGE_MAX = timedelta(minutes=5)  # what was signed before and is still on its way has arrived by then
NOTED_EVERY_SECONDS = 10  # how often a last contact is written to the database
SILENT_SECONDS = 30  # an office tells its state every 2 s: fifteen missing in a row are no hiccup


_LIMITS = LimitSettings()


class NonceExpired(NotSignedIn):
    """The nonce is not of this hub's life or older than an hour: say hello again."""


class NonceReused(NotSignedIn):
    """A hello with these bytes was heard before."""


class NodeUnknown(NotSignedIn):
    """No such node is enrolled."""


class NodeRetired(Forbidden):
    """The node was retired; it must be enrolled anew."""


class NodeForked(Forbidden):
    """Two machines speak as this node: what this one says is not heard until it is enrolled anew."""


class CursorLost(Refusal):
    """The feed does not reach back to this cursor: greet, and fetch the scope whole."""


class ProtocolMismatch(Refusal):
    """Node and hub do not speak the same version."""

    status = 400


class ChainGap(Refusal):
    """Operations between what the hub holds and what came are missing."""


class ChainForked(Refusal):
    """The hub holds other operations under these numbers: two machines write as one."""


class PushTooLarge(Refusal):
    """More than one push may carry: halve it."""

    status = 413


class NotReleasable(Refusal):
    """Of this operation nothing can be made, whoever wants it."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    node_id: str
    office_id: str
    public_key: bytes
    previous_key: bytes | None = None
    key_heard_at: datetime | None = None
    retired_at: datetime | None = None
    ended: tuple[str, ...] = ()  # incarnations that may not speak any more

    def has_done_with_previous(self, *, now: datetime) -> bool:
        """Whether no request under its previous key can be its own; one that lost the answer asks so once more."""
        return self.key_heard_at is not None and now - self.key_heard_at > KEY_CHANGE_MAX


class Speaker(msgspec.Struct, frozen=True, kw_only=True):
    """A node whose signature was checked, in the incarnation it said hello as."""

    node_id: str
    office_id: str
    public_key: bytes
    incarnation: str
    protocol: int = PROTOCOL

    @property
    def scopes(self) -> tuple[str, ...]:
        """What it reads: the city's, its office's, and what is said to it alone, for which protocol 1 has no words."""
        shared = (CITY, office_scope(self.office_id))
        return shared if self.protocol == FIRST_PROTOCOL else (*shared, node_scope(self.node_id))

    @property
    def origin(self) -> str:
        """Its stream, as the feed names it."""
        return f"{self.node_id}/{self.incarnation}"


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    oseq: int = 0
    head_hash: bytes = b""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one operation of a push; ``hash`` is the chain's after it."""

    operation: Operation
    hash: bytes
    is_known: bool = False
    quarantine_code: str | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    incarnation: str
    expires_at: datetime


class Allowance:
    """What each node may still ask for: a vessel of a minute's worth, which fills as time passes; in memory only."""

    def __init__(self, *, a_minute: int) -> None:
        self._a_minute = a_minute
        self._left: dict[str, tuple[float, datetime]] = {}

    def spend(self, node_id: str, *, count: int, now: datetime) -> None:
        """Take ``count`` of it; raises TooManyRequests, and takes nothing, where less is left."""
        held, since = self._left.get(node_id, (float(self._a_minute), now))
        filled = held + max(0.0, (now - since).total_seconds()) * self._a_minute / 60
        left = min(filled, self._a_minute) - count
        if left < 0:
            raise TooManyRequests(retry_after_seconds=ceil(-left * 60 / self._a_minute))
        self._left[node_id] = (left, now)


class Sessions:
    """The nonces given out; they live in memory, so a hub that starts anew asks every node to say hello.

    ``requests`` and ``operations`` are what each node may ask and bring.
    """

    def __init__(self, limits: LimitSettings = _LIMITS) -> None:
        self.requests = Allowance(a_minute=limits.requests_a_minute)
        self.operations = Allowance(a_minute=limits.operations_a_minute)
        self._by_node: dict[str, dict[str, Session]] = {}
        self._hellos: dict[str, dict[str, None]] = {}

    def open(self, *, node_id: str, incarnation: str, nonce: str, now: datetime) -> None:
        """From now on ``nonce`` is good for an hour."""
        held = self._by_node.setdefault(node_id, {})
        held[nonce] = Session(incarnation=incarnation, expires_at=now + timedelta(hours=NONCE_HOURS))
        while len(held) > NONCES_MAX_PER_NODE:
            del held[next(iter(held))]

    def incarnation(self, *, node_id: str, nonce: str, now: datetime) -> str:
        """Who said hello for this nonce.

        Raises:
            NonceExpired: nobody, or too long ago.
        """
        session = self._by_node.get(node_id, {}).get(nonce)
        if session is None or session.expires_at <= now:
            raise NonceExpired
        return session.incarnation

    def hear_hello(self, *, node_id: str, nonce: str) -> None:
        """Remember a hello's own nonce.

        Raises:
            NonceReused: it was heard before.
        """
        heard = self._hellos.setdefault(node_id, {})
        if nonce in heard:
            raise NonceReused
        heard[nonce] = None
        while len(heard) > HELLO_NONCES_KEPT:
            del heard[next(iter(heard))]


class LiveOffices:
    """What the offices told of this minute; in memory only. ``last_heard`` also remembers before this start."""

    def __init__(self) -> None:
        self._states: dict[str, tuple[LiveState, datetime]] = {}
        self._noted_at: dict[str, datetime] = {}

    def hear(self, state: LiveState, *, now: datetime) -> bool:
        """Keep the state; whether it is time to write down that the office was heard."""
        self._states[state.office_id] = (state, now)
        noted_at = self._noted_at.get(state.office_id)
        if noted_at is not None and (now - noted_at).total_seconds() < NOTED_EVERY_SECONDS:
            return False
        self._noted_at[state.office_id] = now
        return True

    def state(self, office_id: str) -> LiveState | None:
        """The last state heard, however old; ``None`` since the hub started."""
        held = self._states.get(office_id)
        return None if held is None else held[0]

    def heard_at(self, office_id: str) -> datetime | None:
        """When that was, by the hub's clock."""
        held = self._states.get(office_id)
        return None if held is None else held[1]

    def is_silent(self, office_id: str, *, now: datetime) -> bool:
        """Whether the office has said nothing for ``SILENT_SECONDS``."""
        heard_at = self.heard_at(office_id)
        return heard_at is None or (now - heard_at).total_seconds() > SILENT_SECONDS


@runtime_checkable  # Litestar asks whether what it is given is one
class Merger(Protocol):
    """Who merges what was appended."""

    async def appended(self) -> None:
        """Something is durable, and waits to be merged."""

    async def run(self) -> None:
        """Merge until cancelled."""


class Waiters:
    """The long polls that wait now, by scope."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self.is_closing = False

    def wake(self, scopes: Iterable[str]) -> None:
        """There is something new for these scopes."""
        for scope in scopes:
            for event in self._waiting.get(scope, ()):
                event.set()

    def close(self) -> None:
        """The hub stops: every poll answers now with what it has."""
        self.is_closing = True
        self.wake(tuple(self._waiting))

    def enlist(self, scopes: Iterable[str]) -> asyncio.Event:
        """An event that a commit for one of the scopes sets; hand it back to ``dismiss``."""
        event = asyncio.Event()
        for scope in scopes:
            self._waiting.setdefault(scope, set()).add(event)
        return event

    def dismiss(self, event: asyncio.Event) -> None:
        """The poll has answered."""
        for waiting in self._waiting.values():
            waiting.discard(event)
