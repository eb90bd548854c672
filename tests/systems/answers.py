"""Waiting for a system to come, with a limit and a name for what did not."""

import time
from collections.abc import Callable

LOOK_SECONDS = 0.2


def wait_for(is_so: Callable[[], bool], *, seconds: float, what: str) -> float:
    """The seconds it took until ``is_so``; fails with ``what`` when it takes more than ``seconds``."""
    begun_at = time.monotonic()
    while not is_so():
        if time.monotonic() - begun_at > seconds:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(LOOK_SECONDS)  # another system boots meanwhile; nothing here can be told by it
    return time.monotonic() - begun_at
