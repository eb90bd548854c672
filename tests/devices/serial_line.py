"""A serial cable for tests: a pseudo-terminal whose other end is a device in the network."""

import contextlib
import os
import selectors
import socket
import threading
import tty


class SerialLine:
    """Copies bytes between ``port`` and the device at ``address`` until it is closed; pull() is the cable torn out."""

    def __init__(self, address: str) -> None:
        self._far, near = os.openpty()
        tty.setraw(near)
        tty.setraw(self._far)
        self.port = os.ttyname(near)
        self._near = near
        host, _, number = address.rpartition(":")
        self._address = (host, int(number))
        self._is_open = True
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._is_open = False
        self._thread.join(timeout=5)
        os.close(self._far)
        os.close(self._near)

    def _copy(self) -> None:
        """The device sees one client, which comes with the first byte and leaves with its last answer dropped."""
        device: socket.socket | None = None
        with selectors.DefaultSelector() as selector:
            selector.register(self._far, selectors.EVENT_READ)
            while self._is_open:
                for key, _ in selector.select(0.05):
                    if key.fileobj == self._far:
                        if device is None:
                            device = socket.create_connection(self._address)
                            selector.register(device, selectors.EVENT_READ)
                        device.sendall(os.read(self._far, 65_536))
                    elif device is not None:
                        chunk = device.recv(65_536)
                        if chunk:
                            os.write(self._far, chunk)
                        else:
                            selector.unregister(device)
                            device.close()
                            device = None
        if device is not None:
            with contextlib.suppress(OSError):
                device.close()
