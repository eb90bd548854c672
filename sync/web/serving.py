"""The ASGI server of both apps: uvicorn, but a stop does not wait for the boards."""

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
    """Serves ``app``; at a stop it ends the live streams first, so that nothing open holds it up."""

    def __init__(self, app: Litestar, config: uvicorn.Config) -> None:
        config.timeout_graceful_shutdown = config.timeout_graceful_shutdown or STOP_SECONDS_MAX
        super().__init__(config)
        self._broadcaster = app.state["broadcaster"]

    def run(self, sockets: list[socket] | None = None) -> None:
        """Serve until a signal asks to stop; raises SystemExit when the app could not start."""
        with suppress(KeyboardInterrupt):  # uvicorn raises the signal again once it has stopped
            super().run(sockets)
        if not self.started:
            raise SystemExit(STARTUP_FAILURE)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Called by uvicorn when a signal asked it to stop."""
        if isinstance(self._broadcaster, Broadcaster):
            self._broadcaster.close()
        await super().shutdown(sockets)
