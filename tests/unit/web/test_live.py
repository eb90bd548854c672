"""Live pages hear every change, catch up after a cut, and never make the hall wait for one of them."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from sync.web import live
from sync.web.live import Broadcaster, Change, Reload, TooManyListeners


async def take(changes: AsyncIterator[Change | None], count: int) -> list[Change | None]:
    return [await anext(changes) for _ in range(count)]


async def start(changes: AsyncIterator[Change | None]) -> "asyncio.Task[Change | None]":
    """Begin to listen: the first change is awaited in a task."""
    task = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)
    return task


def test_a_listener_hears_changes_in_order_with_their_numbers() -> None:
    async def story() -> None:
        broadcaster = Broadcaster()
        changes = broadcaster.changes("calls")
        first = await start(changes)
        broadcaster.publish("calls", "А123")
        broadcaster.publish("other", "nothing")
        broadcaster.publish("calls", "Б014")

        assert [await first, *await take(changes, 1)] == [Change(1, "А123"), Change(2, "Б014")]
        await changes.aclose()
        assert broadcaster.listener_count == 0

    asyncio.run(story())


def test_a_board_that_was_cut_off_hears_what_it_missed() -> None:
    async def story() -> None:
        broadcaster = Broadcaster()
        for number in range(5):
            broadcaster.publish("calls", number)

        missed = await take(broadcaster.changes("calls", after=3), 2)

        assert missed == [Change(4, 3), Change(5, 4)]

    asyncio.run(story())


@pytest.mark.parametrize("after", [1, 999])
def test_what_is_not_kept_any_more_asks_for_a_reload(after: int) -> None:
    async def story() -> None:
        broadcaster = Broadcaster()
        for number in range(live.REPLAYED_MAX + 50):
            broadcaster.publish("calls", number)

        heard = [change async for change in broadcaster.changes("calls", after=after)]

        assert [change.payload for change in heard if change] == [Reload()]

    asyncio.run(story())


def test_a_slow_listener_is_told_to_reload_and_let_go() -> None:
    async def story() -> None:
        broadcaster = Broadcaster()
        changes = broadcaster.changes("calls")
        first = await start(changes)
        for number in range(live.QUEUED_MAX + 2):
            broadcaster.publish("calls", number)
        await first

        rest = [change async for change in changes]

        assert isinstance(rest[-1], Change)
        assert rest[-1].payload == Reload()
        assert broadcaster.listener_count == 0

    asyncio.run(story())


def test_a_stop_of_the_app_ends_every_stream() -> None:
    async def story() -> None:
        broadcaster = Broadcaster()
        changes = broadcaster.changes("calls")
        first = await start(changes)

        broadcaster.close()

        with pytest.raises(StopAsyncIteration):
            await first

    asyncio.run(story())


def test_silence_is_broken_by_heartbeats() -> None:
    async def story() -> None:
        assert await take(Broadcaster().changes("calls", beat_seconds=0.001), 2) == [None, None]

    asyncio.run(story())


def test_a_stream_sends_what_a_browser_understands(client: TestClient[Litestar]) -> None:
    answer = client.get("/live/calls", headers={"last-event-id": "999"})

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.split("\r\n")[:3] == ["id: 0", "event: reload", "data: "]


def test_there_is_a_limit_of_listeners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LISTENERS_MAX", 0)

    async def story() -> None:
        with pytest.raises(TooManyListeners):
            await anext(Broadcaster().changes("calls"))

    asyncio.run(story())


def test_changes_may_be_published_from_another_thread() -> None:
    async def story() -> None:
        broadcaster = Broadcaster()
        changes = broadcaster.changes("calls")
        first = await start(changes)

        await asyncio.to_thread(broadcaster.publish, "calls", "А123")

        assert await first == Change(1, "А123")

    asyncio.run(story())
