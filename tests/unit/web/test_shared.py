"""One rendering for all who are shown the same."""

import asyncio

import pytest

from sync.web.shared import KEPT_MAX, SharedFragments


class Kitchen:
    """Renders slowly, and counts."""

    def __init__(self) -> None:
        self.rendered = 0

    async def render(self) -> str:
        await asyncio.sleep(0)
        self.rendered += 1
        return f"dish {self.rendered}"


def test_many_who_ask_at_once_are_served_one_rendering():
    kitchen, shared = Kitchen(), SharedFragments()

    async def ask() -> list[str]:
        return await asyncio.gather(*(shared.get("uk", version=1, render=kitchen.render) for _ in range(50)))

    assert set(asyncio.run(ask())) == {"dish 1"}


def test_a_new_version_or_another_key_is_rendered_anew():
    kitchen, shared = Kitchen(), SharedFragments()

    async def ask() -> list[str]:
        return [
            await shared.get(key, version=version, render=kitchen.render)
            for key, version in (("uk", 1), ("uk", 1), ("uk", 2), ("en", 2), ("uk", 2))
        ]

    assert asyncio.run(ask()) == ["dish 1", "dish 1", "dish 2", "dish 3", "dish 2"]


def test_who_leaves_does_not_spoil_it_for_the_others():
    kitchen, shared = Kitchen(), SharedFragments()

    async def ask() -> str:
        first = asyncio.create_task(shared.get("uk", version=1, render=kitchen.render))
        second = asyncio.create_task(shared.get("uk", version=1, render=kitchen.render))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(ask()) == "dish 1"


def test_it_forgets_rather_than_grows():
    kitchen, shared = Kitchen(), SharedFragments()

    async def ask() -> None:
        for key in range(KEPT_MAX + 1):
            await shared.get(key, version=1, render=kitchen.render)

    asyncio.run(ask())
    assert len(shared._kept) == 1
