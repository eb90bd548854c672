"""``/health/live`` says that the process answers; ``/health/ready`` says that it can work."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec
from litestar import Response, Router, get


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that must hold: its name, whether it does, and what to know about it (no personal data)."""

    name: str
    is_ok: bool
    note: str = ""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """All checks; ``is_ready`` when each of them holds."""

    is_ready: bool
    checks: tuple[Check, ...]


Checks = Callable[[], Awaitable[Sequence[Check]]]


async def no_checks() -> Sequence[Check]:
    """Nothing to check: the app is ready when it answers."""
    return ()


def health_router(checks: Checks) -> Router:
    """The two routes; ``/health/ready`` is 503 when a check fails."""

    @get("/live", operation_id="HealthLive")
    async def live() -> Health:
        return Health(is_ready=True, checks=())

    @get("/ready", operation_id="HealthReady")
    async def ready() -> Response[Health]:
        found = tuple(await checks())
        is_ready = all(check.is_ok for check in found)
        return Response(Health(is_ready=is_ready, checks=found), status_code=200 if is_ready else 503)

    return Router("/health", route_handlers=[live, ready])
