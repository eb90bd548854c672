"""An act of who asks, as a dependency of controllers: what is the same for all commands is said in one place."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Protocol, TypeVar, runtime_checkable

from litestar import Request
from litestar.di import NamedDependency, Provide
from litestar.params import HeaderParameter

from sync.ambient import Clock
from sync.storage.idempotency import KEY_LETTERS_MAX
from sync.web.access import signed_in

T = TypeVar("T")
AnyRequest = Request[Any, Any, Any]
IdempotencyKey = Annotated[
    str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=KEY_LETTERS_MAX)
]


@runtime_checkable  # Litestar checks what it hands to a dependency
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


def provide_act_of_staff(request: AnyRequest, store: NamedDependency[Runner], clock: NamedDependency[Clock]) -> Act:
    """For commands that take the id of who asks."""
    return Act(store, clock, by=signed_in(request).staff_id)


def provide_act_of_person(request: AnyRequest, store: NamedDependency[Runner], clock: NamedDependency[Clock]) -> Act:
    """For commands that must know what the person may do."""
    return Act(store, clock, by=signed_in(request))


ACT_OF_STAFF = {"act": Provide(provide_act_of_staff, sync_to_thread=False)}
ACT_OF_PERSON = {"act": Provide(provide_act_of_person, sync_to_thread=False)}
