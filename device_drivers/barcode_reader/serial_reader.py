"""A reader on a serial line (USB readers in COM mode too): 8N1, a code a line."""

import threading
import time
from collections import deque

import msgspec

from device_drivers.barcode_reader.lines import CodeLines
from device_drivers.barcode_reader.protocol import CodeRead, NothingRead
from device_drivers.driver import READY, Condition, offline
from device_drivers.errors import BadCall, Unavailable
from device_drivers.link import SerialLink

WAIT_SECONDS_MAX = 20.0
LOOK_SECONDS = 1.0  # how long the thread reads before it looks whether it is to end
REOPEN_SECONDS = 2.0  # a port comes back when it is plugged in: looking for its name costs nothing
STALE_SECONDS = 3.0  # who scanned looks at the screen now; later the page would jump under other hands
KEPT_MAX = 16


class SerialReader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="serial-reader"):
    """``port`` by /dev/serial/by-id."""

    port: str
    baud: int = 9_600


class SerialBarcodeReader:
    """Reads all the time in a thread of its own, so that what is scanned while nobody asks is not kept in the line."""

    def __init__(self, settings: SerialReader) -> None:
        self._settings = settings
        self._changed = threading.Condition()
        self._codes: deque[tuple[str, float]] = deque(maxlen=KEPT_MAX)
        self._trouble: str | None = "no-port"
        self._is_closed = False
        self._hurry = threading.Event()
        self._has_tried = threading.Event()
        self._thread: threading.Thread | None = None

    def probe(self) -> Condition:
        self._begin()
        with self._changed:
            if self._trouble is not None:  # whoever looks now may know that it was plugged in: try at once
                self._has_tried.clear()
                self._hurry.set()
        self._has_tried.wait(REOPEN_SECONDS)
        with self._changed:
            return READY if self._trouble is None else offline(self._trouble)

    def next_code(self, *, wait_seconds: float) -> CodeRead | NothingRead:
        if not 0 <= wait_seconds <= WAIT_SECONDS_MAX:
            raise BadCall("a wait of 0 to 20 seconds")
        self._begin()
        self._has_tried.wait(REOPEN_SECONDS)
        end = time.monotonic() + wait_seconds
        with self._changed:
            while True:
                code = self._fresh_code()
                if code is not None:
                    return CodeRead(code=code)
                if self._trouble is not None:
                    raise Unavailable(self._trouble)
                left = end - time.monotonic()
                if left <= 0:
                    return NothingRead()
                self._changed.wait(left)

    def close(self) -> None:
        with self._changed:
            self._is_closed, self._trouble = True, "closed"
            self._changed.notify_all()
        self._hurry.set()
        if self._thread is not None:
            self._thread.join(timeout=2 * LOOK_SECONDS)

    def _begin(self) -> None:
        """The thread starts with the first question: a driver that nobody uses opens nothing."""
        with self._changed:
            if self._thread is None and not self._is_closed:
                self._thread = threading.Thread(target=self._read, name="barcode-reader", daemon=True)
                self._thread.start()

    def _fresh_code(self) -> str | None:
        while self._codes:
            code, at = self._codes.popleft()
            if time.monotonic() - at <= STALE_SECONDS:
                return code
        return None

    def _read(self) -> None:
        while not self._is_closed:
            try:
                with SerialLink(self._settings.port, baud=self._settings.baud) as link:
                    self._tell(None)
                    self._listen(link)
            except Unavailable as error:
                self._tell(error.reason)
            except OSError:  # unplugged, in any of the ways in which pyserial says so
                self._tell("no-port")
            self._has_tried.set()
            self._hurry.wait(REOPEN_SECONDS)
            self._hurry.clear()

    def _listen(self, link: SerialLink) -> None:
        lines = CodeLines()
        self._has_tried.set()
        while not self._is_closed:
            try:
                chunk = link.receive(wait_seconds=LOOK_SECONDS)
            except TimeoutError:
                continue
            now = time.monotonic()
            with self._changed:
                self._codes.extend((code, now) for code in lines.feed(chunk, at=now))
                self._changed.notify_all()

    def _tell(self, trouble: str | None) -> None:
        with self._changed:
            if not self._is_closed:
                self._trouble = trouble
            self._changed.notify_all()
