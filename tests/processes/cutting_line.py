"""A cable between a driver and its terminal that can be cut, or go dead, after any byte of their conversation."""

import selectors
import socket
import threading
from contextlib import suppress

POLL_SECONDS = 0.02
CHUNK_BYTES = 65_536


class CuttingLine:
    """Carries bytes between a port of its own and ``device_address`` ("host:port"), one client at a time.

    After ``cut_after`` or ``deaden_after`` so many bytes of both directions pass, and no more: the connection ends, or
    stays open in silence. No other is let in until ``mend``.
    """

    def __init__(self, device_address: str) -> None:
        host, _, port = device_address.rpartition(":")
        self._device = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._left: int | None = None  # bytes until the fault; None: no fault
        self._is_cut_sharply = True
        self._is_open = True
        self.carried_bytes = 0
        self._thread = threading.Thread(target=self._serve, name="cutting-line", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def cut_after(self, byte_count: int) -> None:
        """End the connection when so many more bytes have passed."""
        self._is_cut_sharply, self._left = True, byte_count

    def deaden_after(self, byte_count: int) -> None:
        """Say nothing more when so many more bytes have passed."""
        self._is_cut_sharply, self._left = False, byte_count

    def mend(self) -> None:
        """Carry everything again."""
        self._left = None

    def close(self) -> None:
        self._is_open = False
        self._thread.join(timeout=5)
        self._listener.close()

    def _serve(self) -> None:
        self._listener.settimeout(POLL_SECONDS)
        while self._is_open:
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            with client:
                if self._left is not None and self._left <= 0:
                    continue
                with suppress(OSError), socket.create_connection(self._device) as device:
                    self._carry(client, device)

    def _carry(self, client: socket.socket, device: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, device)
            selector.register(device, selectors.EVENT_READ, client)
            while self._is_open:
                for key, _ in selector.select(POLL_SECONDS):
                    heard: socket.socket = key.fileobj  # type: ignore[assignment]  # only sockets are registered
                    if not self._pass_on(heard, key.data):
                        return

    def _pass_on(self, heard: socket.socket, other: socket.socket) -> bool:
        """Carry one chunk as far as it goes; False when the connection ends."""
        chunk = heard.recv(CHUNK_BYTES)
        if not chunk:
            return False
        if self._left is not None:
            chunk, self._left = chunk[: self._left], self._left - min(len(chunk), self._left)
        self.carried_bytes += len(chunk)
        if chunk:
            other.sendall(chunk)
        return not (self._left == 0 and self._is_cut_sharply)
