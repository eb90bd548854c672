"""Virtual minutes to wall time."""

import asyncio
from time import perf_counter


class Pace:
    """``speed`` virtual seconds pass in one; ``None``: as fast as the order of the plan allows."""

    def __init__(self, *, first_minute: float, speed: float | None) -> None:
        self._first_minute = first_minute
        self._speed = speed
        self._began = perf_counter()

    @property
    def is_timed(self) -> bool:
        """Whether minutes have a length."""
        return self._speed is not None

    def begin(self) -> None:
        """The first minute is now."""
        self._began = perf_counter()

    async def until(self, minute: float) -> float:
        """Wait for ``minute``; answers by how many seconds it is past already."""
        if self._speed is None:
            await asyncio.sleep(0)
            return 0.0
        late = perf_counter() - self._began - (minute - self._first_minute) * 60 / self._speed
        await asyncio.sleep(max(0.0, -late))
        return max(0.0, late)
