"""What every simulator is: an address that the real driver talks to, faults to set, facts to compare with."""

import selectors
import socket
import threading
from typing import ClassVar, Protocol

import msgspec

ACCEPT_POLL_SECONDS = 0.05


class SimulatorState(msgspec.Struct, frozen=True, kw_only=True):
    """One simulator: where it is, what is wrong with it, what could be, what it has done."""

    device: str
    address: str
    fault: str | None
    faults: tuple[str, ...]
    facts: dict[str, str | int]


class Simulators(msgspec.Struct, frozen=True, kw_only=True):
    """The answer on the control socket."""

    devices: tuple[SimulatorState, ...]


class Simulator(Protocol):
    """A device that is not there."""

    FAULTS: ClassVar[tuple[str, ...]]

    @property
    def address(self) -> str:
        """Where the driver finds it: host:port, or a path."""
        ...

    @property
    def fault(self) -> str | None:
        """The fault that is set."""
        ...

    def set_fault(self, fault: str | None) -> None:
        """Behave so from now on, None is well again; raises ValueError for a fault this device does not know."""
        ...

    def facts(self) -> dict[str, str | int]:
        """What it has done so far, for people and tests."""
        ...

    def close(self) -> None:
        """Stop."""
        ...


class Faulty:
    """Keeps the fault of a simulator and tells waiting threads when it changes."""

    FAULTS: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        self._fault: str | None = None
        self.changed = threading.Condition()

    @property
    def fault(self) -> str | None:
        return self._fault

    def set_fault(self, fault: str | None) -> None:
        if fault is not None and fault not in self.FAULTS:
            raise ValueError(f"fault {fault!r}, known are {', '.join(self.FAULTS)}")
        with self.changed:
            self._fault = fault
            self.changed.notify_all()
        self.after_change()

    def after_change(self) -> None:
        """What the device does of itself when the fault was set or cleared."""


class TcpSimulator(Faulty):
    """Listens on the loopback and serves one client at a time, as such devices do."""

    def __init__(self, *, port: int = 0) -> None:
        super().__init__()
        self._listener = socket.create_server(("127.0.0.1", port))
        self._is_open = True
        self._thread = threading.Thread(target=self._accept_clients, name=type(self).__name__, daemon=True)

    @property
    def address(self) -> str:
        host, port = self._listener.getsockname()[:2]
        return f"{host}:{port}"

    def start(self) -> None:
        """Begin to serve, in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        self._is_open = False
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._listener.close()

    def serve(self, client: socket.socket) -> None:
        """Speak with one client until it leaves."""
        raise NotImplementedError

    def received(self, client: socket.socket) -> bytes | None:
        """The next bytes of the client; None when it has left or the simulator closes."""
        client.settimeout(ACCEPT_POLL_SECONDS)
        while self._is_open:
            try:
                return client.recv(65_536) or None
            except TimeoutError:
                continue
            except OSError:
                return None
        return None

    def _accept_clients(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            while self._is_open:
                if not selector.select(ACCEPT_POLL_SECONDS):
                    continue
                client, _ = self._listener.accept()
                with client:
                    try:
                        self.serve(client)
                    except OSError:
                        continue  # the client went away in the middle of an answer: its own affair
