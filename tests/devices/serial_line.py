"""A serial cable for tests: a pseudo-terminal whose other end is a device in the network."""

import os
import selectors
import socket
import threading
import tty


class SerialLine:
    """Copies bytes between ``port`` and the device at ``address``; with ``tears_at`` the cable is torn at these bytes.

    The device sees one client, which comes with the first byte; the bytes that tear the cable never reach it.
    """

    def __init__(self, address: str, *, tears_at: bytes | None = None) -> None:
        self._far, near = os.openpty()
        tty.setraw(near)
        self.port = os.ttyname(near)
        self._near: int | None = near
        self._tears_at = tears_at
        host, _, number = address.rpartition(":")
        self._address = (host, int(number))
        self._device: socket.socket | None = None
        self._is_open = True
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._is_open = False
        self._thread.join(timeout=5)

    def _copy(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._far, selectors.EVENT_READ)
            while self._is_open:
                for key, _ in selector.select(0.05):
                    self._carry(selector, is_outward=key.fileobj == self._far)
        for end in (self._far, self._near):
            if end is not None:
                os.close(end)
        if self._device is not None:
            self._device.close()

    def _carry(self, selector: selectors.BaseSelector, *, is_outward: bool) -> None:
        if is_outward:
            chunk = os.read(self._far, 65_536)
            if self._tears_at is not None and self._tears_at in chunk:
                self._is_open = False
                return
            if self._device is None:
                self._device = socket.create_connection(self._address)
                selector.register(self._device, selectors.EVENT_READ)
            self._device.sendall(chunk)
        elif self._device is not None:
            answer = self._device.recv(65_536)
            if answer:
                os.write(self._far, answer)
            else:
                selector.unregister(self._device)
                self._device.close()
                self._device = None
