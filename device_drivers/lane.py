"""A thread that does one thing after another and never keeps the process from ending."""

import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class Lane:
    """Runs what it is given in order; a daemon thread, since a device may keep it for ever."""

    def __init__(self, name: str) -> None:
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._ended: Future[None] = Future()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def do(self, function: Callable[[], T]) -> "Future[T]":
        """The future of ``function()``, which runs when everything before it is done."""
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(function())
            except BaseException as error:  # noqa: BLE001 - it is the caller's: the future carries it over
                future.set_exception(error)

        self._work.put(work)
        return future

    def end(self) -> "Future[None]":
        """Let the thread end after what it has; the future of its end."""
        self._work.put(None)
        return self._ended

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            with contextlib.suppress(RuntimeError):  # whoever asked has closed its loop meanwhile
                work()
        self._ended.set_result(None)
