"""Live pages: server-sent events out of one process, to boards, desks and the city's dashboard.

A change is published once and every listener renders it for itself, in its own language. Nothing here waits for a
listener: one that does not keep up is told to reload and let go.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import cached_property, lru_cache
from threading import Lock
from typing import Any

import msgspec
from litestar import Request
from litestar.response import ServerSentEvent, ServerSentEventMessage

from sync.vocabulary.errors import Refusal

QUEUED_MAX = 64  # a board that is 64 calls behind shows the past: reload
REPLAYED_MAX = 100  # what a listener can catch up on after a cut of its own line
LISTENERS_MAX = 1_000  # 320 desks, 40 boards and phones that watch a ticket
ID_DIGITS_MAX = 18  # of a change; more is none of ours
HEARTBEAT_SECONDS = 15  # below the 30–60 s after which proxies close a silent stream
STREAM_SECONDS_MAX = 900  # then the browser comes again and its session is looked at anew
RELOAD = "reload"

SHARED_MESSAGES_MAX = 32  # spheres of desks times languages, at one moment

AnyRequest = Request[Any, Any, Any]


class SharedMessage(ServerSentEventMessage):
    """A message put into bytes once, for all who are sent it."""

    @cached_property
    def _encoded(self) -> bytes:
        return super().encode()

    def encode(self) -> bytes:
        """The bytes on the line."""
        return self._encoded


HEARTBEAT = SharedMessage(data="", event="beat")  # named, so that htmx swaps nothing and the page can hear it


class Change(msgspec.Struct, frozen=True):
    """One published change: its number in its topic, and what was published."""

    id: int
    payload: Any  # the topic's own type; only its publisher and its renderers know it


class Reload(msgspec.Struct, frozen=True):
    """The payload that says: you missed something that is not kept; load the page anew."""


class _End(msgspec.Struct, frozen=True):
    """The payload that ends a stream."""


class TooManyListeners(Refusal):
    """``LISTENERS_MAX`` are connected."""

    status = 503


class _Listener:
    def __init__(self) -> None:
        self.queue: asyncio.Queue[Change] = asyncio.Queue(QUEUED_MAX)
        self.loop = asyncio.get_running_loop()
        self.is_behind = False

    def offer(self, change: Change) -> None:
        try:
            self.queue.put_nowait(change)
        except asyncio.QueueFull:
            self.is_behind = True

    async def next(self, *, beat_seconds: float) -> Change | None:
        """The next change, or None when a heartbeat is due."""
        try:
            async with asyncio.timeout(beat_seconds):  # wait_for would make a task for each of 360
                return await self.queue.get()
        except TimeoutError:
            return None


class _Topic:
    def __init__(self) -> None:
        self.last_id = 0
        self.recent: deque[Change] = deque(maxlen=REPLAYED_MAX)
        self.listeners: set[_Listener] = set()

    def missed_since(self, after: int | None) -> list[Change] | None:
        """What came after the change ``after``; None when that is not kept any more, or was of an earlier run."""
        if after is None or after == self.last_id:
            return []
        oldest = self.recent[0].id if self.recent else self.last_id + 1
        if after > self.last_id or after < oldest - 1:
            return None
        return [change for change in self.recent if change.id > after]


class Broadcaster:
    """Passes changes of named topics to who listens; keeps the last ``REPLAYED_MAX`` of each for who was cut off."""

    def __init__(self) -> None:
        self._topics: defaultdict[str, _Topic] = defaultdict(_Topic)
        self._lock = Lock()

    def publish(self, topic: str, payload: object = None) -> None:
        """Tell the listeners of ``topic``; from any thread; never waits."""
        with self._lock:
            known = self._topics[topic]
            known.last_id += 1
            change = Change(known.last_id, payload)
            known.recent.append(change)
            _offer(known, change)

    def close(self) -> None:
        """End every stream, so that a stop of the app does not wait for the boards."""
        with self._lock:
            for topic in self._topics.values():
                _offer(topic, Change(topic.last_id, _End()))

    def last_id(self, topic: str) -> int:
        """The number of the last change of ``topic``; 0 before the first."""
        with self._lock:
            return self._topics[topic].last_id

    @property
    def listener_count(self) -> int:
        """Who listens now, over all topics."""
        with self._lock:
            return sum(len(topic.listeners) for topic in self._topics.values())

    async def changes(
        self, topic: str, *, after: int | None = None, beat_seconds: float = HEARTBEAT_SECONDS
    ) -> AsyncIterator[Change | None]:
        """Changes of ``topic`` as they come, None for a heartbeat; first those after ``after``, if they are kept.

        Ends when the app stops, after ``STREAM_SECONDS_MAX``, and, with a Reload, when the listener fell behind or what
        it missed is not kept. Raises TooManyListeners.
        """
        if self.listener_count >= LISTENERS_MAX:
            raise TooManyListeners
        listener = _Listener()
        with self._lock:
            known = self._topics[topic]
            missed = known.missed_since(after)
            known.listeners.add(listener)
        try:
            async for change in _until_over(listener, known, missed, beat_seconds=beat_seconds):
                yield change
        finally:
            with self._lock:
                known.listeners.discard(listener)


def _offer(topic: _Topic, change: Change) -> None:
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[_Listener]] = defaultdict(list)
    for listener in topic.listeners:
        by_loop[listener.loop].append(listener)
    for loop, listeners in by_loop.items():
        with suppress(RuntimeError):  # the loop has ended: these are no listeners any more
            loop.call_soon_threadsafe(_offer_all, listeners, change)  # it writes to a pipe: once, not 360 times


def _offer_all(listeners: list[_Listener], change: Change) -> None:
    for listener in listeners:
        listener.offer(change)


async def _until_over(
    listener: _Listener, topic: _Topic, missed: list[Change] | None, *, beat_seconds: float
) -> AsyncIterator[Change | None]:
    ends_at = listener.loop.time() + STREAM_SECONDS_MAX
    if missed is None:
        yield Change(topic.last_id, Reload())
        return
    for change in missed:
        yield change
    while listener.loop.time() < ends_at:
        if listener.is_behind:
            yield Change(topic.last_id, Reload())
            return
        news = await listener.next(beat_seconds=beat_seconds)
        if news is not None and isinstance(news.payload, _End):
            return
        yield news


def live_fragment(request: AnyRequest, topic: str, render: Callable[[], Awaitable[str]]) -> ServerSentEvent:
    """A stream of one piece of a page: rendered at once, and again after changes of ``topic``.

    Several changes that wait count as one, and a change that leaves the piece as it was is not sent. htmx swaps every
    message into the element that connected.
    """

    async def messages() -> AsyncIterator[ServerSentEventMessage]:
        # taken before the first rendering: what changes while it is on its way is shown too
        shown = broadcaster_of(request).last_id(topic)
        sent = await render()
        yield ServerSentEventMessage(data=sent)
        async for change in broadcaster_of(request).changes(topic, after=shown):
            if change is None:
                yield HEARTBEAT
            elif isinstance(change.payload, Reload):
                return  # the browser comes again and is given the whole piece
            elif change.id > shown:
                shown = broadcaster_of(request).last_id(topic)
                rendered = await render()
                if rendered != sent:
                    sent = rendered
                    yield _message(sent, shown)

    return ServerSentEvent(messages())


@lru_cache(SHARED_MESSAGES_MAX)
def _message(data: str, change_id: int) -> SharedMessage:
    return SharedMessage(data=data, id=change_id)


def live_messages(request: AnyRequest, topic: str, encode: Callable[[Any], tuple[str, str]]) -> ServerSentEvent:
    """A stream in which every change counts (calls on a board, announcements).

    ``encode`` gives the name and the data of a change's event. A browser that comes back with ``Last-Event-ID`` gets
    what it missed, or the event ``reload`` when that is not kept any more.
    """
    after = last_event_id(request)

    async def messages() -> AsyncIterator[ServerSentEventMessage]:
        async for change in broadcaster_of(request).changes(topic, after=after):
            if change is None:
                yield HEARTBEAT
                continue
            event, data = (RELOAD, "") if isinstance(change.payload, Reload) else encode(change.payload)
            yield ServerSentEventMessage(data=data, event=event, id=change.id)

    return ServerSentEvent(messages())


def live_moments(request: AnyRequest, topic: str, encode: Callable[[Any], tuple[str, str]]) -> ServerSentEvent:
    """A stream of what counts only at its moment (a code read, a telephone that rings): nothing is ever sent again."""

    async def messages() -> AsyncIterator[ServerSentEventMessage]:
        async for change in broadcaster_of(request).changes(topic):
            if change is None:
                yield HEARTBEAT
            elif isinstance(change.payload, Reload):
                return  # the browser comes again
            else:
                event, data = encode(change.payload)
                yield ServerSentEventMessage(data=data, event=event)

    return ServerSentEvent(messages())


def last_event_id(request: AnyRequest) -> int | None:
    """The id of the last message that a browser saw before its line was cut; None for one that comes anew."""
    written = request.headers.get("last-event-id", "")
    return int(written) if written.isdecimal() and len(written) <= ID_DIGITS_MAX else None


def broadcaster_of(request: AnyRequest) -> Broadcaster:
    """The app's broadcaster."""
    broadcaster = request.app.state["broadcaster"]
    if not isinstance(broadcaster, Broadcaster):
        raise TypeError("the app has no Broadcaster")
    return broadcaster
