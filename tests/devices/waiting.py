"""Waiting for what another process or thread does, never longer than it may take."""

import threading
from collections.abc import Callable
from typing import TypeVar

from device_drivers.link import Patience

T = TypeVar("T")
LOOK_SECONDS = 0.01


def wait_for(question: Callable[[], T | None], *, seconds_max: float = 20) -> T:
    """The first answer that is something; raises TimeoutError after ``seconds_max``."""
    patience = Patience(seconds_max)
    while not (answer := question()):
        threading.Event().wait(min(LOOK_SECONDS, patience.left_seconds()))
    return answer
