"""A telephone that is not there: a small web server that takes numbers to dial, and rings at the office's address.

Faults: ``unplugged`` (hangs up on everybody); ``locked`` (asks for a password it never takes); ``dumb`` (takes the
number and does not answer).
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from device_drivers.simulated import Faulty

DUMB_SECONDS_MAX = 60.0


class TelephoneSimulator(Faulty):
    """Keeps the numbers it was told to dial."""

    FAULTS: ClassVar[tuple[str, ...]] = ("unplugged", "locked", "dumb")

    def __init__(self) -> None:
        super().__init__()
        self.dialled: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def dial_url(self) -> str:
        """The address for the driver's settings."""
        return f"http://{self.address}/servlet?key=number={{number}}"

    def start(self) -> None:
        """Begin to serve, in a thread of its own."""
        self._thread.start()

    def facts(self) -> dict[str, str | int]:
        return {"dialled": len(self.dialled)}

    def close(self) -> None:
        self.set_fault(None)
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

    def wait_while_dumb(self) -> None:
        """Return when the fault is over."""
        with self.changed:
            self.changed.wait_for(lambda: self.fault != "dumb", DUMB_SECONDS_MAX)


def _handler(telephone: TelephoneSimulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if telephone.fault == "unplugged":
                self.connection.close()
                return
            if telephone.fault == "locked":
                self._answer(401)
                return
            key = parse_qs(urlsplit(self.path).query).get("key", [""])[0]
            if key.startswith("number="):
                telephone.dialled.append(key.removeprefix("number="))
            if telephone.fault == "dumb":
                telephone.wait_while_dumb()
            self._answer(200)

        do_HEAD = do_GET  # noqa: N815 - the name is http.server's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Numbers stay out of logs."""

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Handler
