"""A line to a device at which somebody meddles: when certain bytes come along, or by swallowing every answer."""

import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

POLL_SECONDS = 0.02


class MeddlingLine:
    """Carries bytes to ``address``; before ``marker`` passes on for the first time, ``do`` is done.

    With ``loses_answers`` nothing that the device says after that arrives.
    """

    def __init__(self, address: str, *, marker: bytes, do: Callable[[], None], loses_answers: bool) -> None:
        host, _, port = address.rpartition(":")
        self._device = (host, int(port))
        self._marker: bytes | None = marker
        self._do = do
        self._loses_answers = loses_answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(POLL_SECONDS)
        self._is_open = True
        self._thread = threading.Thread(target=self._serve, name="meddling-line", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def close(self) -> None:
        self._is_open = False
        self._thread.join(timeout=5)
        self._listener.close()

    def _serve(self) -> None:
        while self._is_open:
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            with client, suppress(OSError), socket.create_connection(self._device) as device:
                self._carry(client, device)

    def _carry(self, client: socket.socket, device: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            for heard, other in ((client, device), (device, client)):
                selector.register(heard, selectors.EVENT_READ, other)
            while self._is_open:
                for key, _ in selector.select(POLL_SECONDS):
                    heard = client if key.data is device else device
                    chunk = heard.recv(65_536)
                    if not chunk:
                        return
                    if heard is client and self._marker is not None and self._marker in chunk:
                        self._marker = None
                        self._do()
                    if heard is client or self._marker is not None or not self._loses_answers:
                        key.data.sendall(chunk)
