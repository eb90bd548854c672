"""An act of who asks, as a dependency of controllers: what is the same for all commands is said in one place."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Protocol, TypeVar

from litestar.params import HeaderParameter

from sync.ambient import Clock
from sync.storage.idempotency import KEY_LETTERS_MAX

T = TypeVar("T")
IdempotencyKey = Annotated[
    str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=KEY_LETTERS_MAX)
]


class Runner(Protocol):
    """The store of an app."""

    async def run(self, command: Callable[[Any], T]) -> T:  # Any: the transactions of node and hub are nothing alike
        """Run the command in a transaction."""
        ...


class Act:
    """Runs commands with ``about``: in whose name, on what, under which ids."""

    def __init__(self, store: Runner, clock: Clock, **about: object) -> None:
        self._store, self._clock, self._about = store, clock, about

    async def do(self, command: Callable[..., T]) -> T:
        """What ``command`` answers at this moment; raises as it does."""
        return await self._store.run(partial(command, **self._about, now=self._clock.now()))
