"""A line of bytes to a device, over TCP or a serial port; every wait has an end."""

import socket
import termios
import time
from typing import Protocol, Self

import serial

from device_drivers.errors import Unavailable
from device_drivers.ports import PortLock

CONNECT_SECONDS_MAX = 3.0  # a device of the same building answers in milliseconds
SEND_SECONDS_MAX = 5.0
READ_BYTES = 65_536


class Link(Protocol):
    """An open line; any failure is an OSError (serial's own errors are)."""

    def send(self, message: bytes) -> None:
        """Hand all of ``message`` to the line."""
        ...

    def receive(self, *, wait_seconds: float) -> bytes:
        """The next bytes; raises TimeoutError when none came in time, ConnectionError when the line is gone."""
        ...

    def close(self) -> None:
        """Let go of the line."""
        ...


class TcpLink:
    """A TCP connection with keep-alive, so that a pulled cable is noticed within seconds."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        try:
            self._socket = socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS_MAX)
        except OSError as error:
            raise Unavailable("no-connection") from error
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, message: bytes) -> None:
        self._socket.settimeout(SEND_SECONDS_MAX)
        self._socket.sendall(message)

    def receive(self, *, wait_seconds: float) -> bytes:
        self._socket.settimeout(max(wait_seconds, 0.001))
        chunk = self._socket.recv(READ_BYTES)
        if not chunk:
            raise ConnectionError("closed by the device")
        return chunk

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SerialLink:
    """A serial port, 8N1, held by a lock of its own; name it by /dev/serial/by-id."""

    def __init__(self, port: str, *, baud: int) -> None:
        self._lock = PortLock(port)
        try:
            self._port = serial.Serial(port, baud, timeout=0, write_timeout=SEND_SECONDS_MAX, exclusive=True)
        except (OSError, ValueError, termios.error) as error:
            self._lock.release()
            raise Unavailable("no-port") from error

    def send(self, message: bytes) -> None:
        try:
            self._port.write(message)
            self._port.flush()
        except termios.error as error:  # a torn cable, in pyserial's flush; the only failure of its that is no OSError
            raise ConnectionError("the port is gone") from error

    def receive(self, *, wait_seconds: float) -> bytes:
        self._port.timeout = max(wait_seconds, 0.001)
        chunk: bytes = self._port.read(1)
        if not chunk:
            raise TimeoutError("nothing from the port")
        self._port.timeout = 0
        rest: bytes = self._port.read(READ_BYTES)
        return chunk + rest

    def close(self) -> None:
        self._port.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Patience:
    """How much of a wait is left; monotonic, so that a moved clock changes nothing."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left_seconds(self) -> float:
        """Seconds until the end; raises TimeoutError when it has come."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the wait is over")
        return left
