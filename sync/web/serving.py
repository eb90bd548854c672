"""The ASGI server of both apps: uvicorn, but a stop does not wait for the boards."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import zip_longest
from socket import socket

import uvicorn
from litestar import Litestar

from sync.web.live import Broadcaster
from sync.web.supervised import Sign, Watchdog, given_sockets, tell_systemd, watchdog_seconds
from sync.web.types import learn_types

STOP_SECONDS_MAX = 5  # what is being answered may end; after that systemd would lose patience anyway
STARTUP_FAILURE = 3  # the exit code uvicorn itself gives


class QuietServer(uvicorn.Server):
    """A server beside another, or in a test: it leaves the signals to who runs it, and ends by ``should_exit``."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Server(uvicorn.Server):
    """Serves ``app``; at a stop it ends the live streams first, so that nothing open holds it up.

    ``beside`` are other ports of the same app, open as long as this one; ``config`` alone brings it up and down.
    Under systemd it serves on the sockets given, in the order of these ports; says when it is ready; and feeds the
    watchdog while ``signs`` show progress.
    """

    def __init__(
        self,
        app: Litestar,
        config: uvicorn.Config,
        *,
        beside: tuple[uvicorn.Config, ...] = (),
        signs: Mapping[str, Sign] | None = None,
    ) -> None:
        for each in (config, *beside):
            each.timeout_graceful_shutdown = each.timeout_graceful_shutdown or STOP_SECONDS_MAX
        super().__init__(config)
        self._state = app.state
        self._beside = [QuietServer(each) for each in beside]
        self._signs = signs or {}
        self._given: list[socket] = []
        self._watchdog: asyncio.Task[None] | None = None
        self._serving: list[asyncio.Task[None]] = []

    def run(self, sockets: list[socket] | None = None) -> None:
        """Serve until a signal asks to stop; raises SystemExit when the app could not start."""
        learn_types()
        self._given = given_sockets() if sockets is None else sockets
        with suppress(KeyboardInterrupt):  # uvicorn raises the signal again once it has stopped
            super().run(self._given[:1] or None)
        if not self.started:
            raise SystemExit(STARTUP_FAILURE)

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Called by uvicorn once the app's lifespan has begun; a port that is taken ends the process."""
        await super().startup(sockets)
        others = [[each] for each in self._given[1:]]
        self._serving = [
            asyncio.create_task(each.serve(own)) for each, own in zip_longest(self._beside, others) if each is not None
        ]
        if (seconds := watchdog_seconds()) is not None:
            self._watchdog = asyncio.create_task(Watchdog(self._signs, seconds=seconds).run())
        tell_systemd("READY=1")

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Called by uvicorn when a signal asked it to stop."""
        tell_systemd("STOPPING=1")
        if self._watchdog is not None:
            self._watchdog.cancel()
        broadcaster: Broadcaster = self._state["broadcaster"]
        broadcaster.close()
        for each in self._beside:
            each.should_exit = True
        await asyncio.gather(*self._serving, return_exceptions=True)
        await super().shutdown(sockets)
