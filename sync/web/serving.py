"""The ASGI server of both apps: uvicorn, but a stop does not wait for the boards."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import socket

import uvicorn
from litestar import Litestar

from sync.web.live import Broadcaster

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
    """

    def __init__(self, app: Litestar, config: uvicorn.Config, *, beside: tuple[uvicorn.Config, ...] = ()) -> None:
        for each in (config, *beside):
            each.timeout_graceful_shutdown = each.timeout_graceful_shutdown or STOP_SECONDS_MAX
        super().__init__(config)
        self._broadcaster = app.state["broadcaster"]
        self._beside = [QuietServer(each) for each in beside]
        self._serving: list[asyncio.Task[None]] = []

    def run(self, sockets: list[socket] | None = None) -> None:
        """Serve until a signal asks to stop; raises SystemExit when the app could not start."""
        with suppress(KeyboardInterrupt):  # uvicorn raises the signal again once it has stopped
            super().run(sockets)
        if not self.started:
            raise SystemExit(STARTUP_FAILURE)

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Called by uvicorn once the app's lifespan has begun; a port that is taken ends the process."""
        await super().startup(sockets)
        self._serving = [asyncio.create_task(each.serve()) for each in self._beside]

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Called by uvicorn when a signal asked it to stop."""
        if isinstance(self._broadcaster, Broadcaster):
            self._broadcaster.close()
        for each in self._beside:
            each.should_exit = True
        await asyncio.gather(*self._serving, return_exceptions=True)
        await super().shutdown(sockets)
