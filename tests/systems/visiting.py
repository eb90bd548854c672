"""Visitors of an office, one after another, all the time."""

import threading
from collections.abc import Callable
from typing import Self

import httpx

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.2
WISH = {"sphere": "residence", "purpose": "file"}


def ticket(address: str) -> str:
    """The number of the ticket that a visitor of this office takes."""
    asked = httpx.post(f"http://{address}:8080/api/tickets", json=WISH, timeout=PATIENCE_SECONDS, trust_env=False)
    return str(asked.raise_for_status().json()["number"])


def look(address: str) -> str:
    """How long a visitor waited for the kiosk's first page, in seconds."""
    shown = httpx.get(f"http://{address}:8080/kiosk", timeout=PATIENCE_SECONDS, trust_env=False)
    return str(shown.raise_for_status().elapsed.total_seconds())


class Visitors:
    """They ``ask`` with a short pause, ``hands`` at a time; what they were given and who was refused is kept."""

    def __init__(self, address: str, ask: Callable[[str], str], *, hands: int = 1) -> None:
        self._address, self._ask = address, ask
        self._gone = threading.Event()
        self.given, self.refused = list[str](), list[str]()
        self._threads = [threading.Thread(target=self._come) for _ in range(hands)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._gone.set()
        for thread in self._threads:
            thread.join()

    def have(self, enough: int) -> bool:
        """Whether they were given ``enough``."""
        return len(self.given) >= enough

    def _come(self) -> None:
        while not self._gone.wait(PAUSE_SECONDS):
            try:
                self.given.append(self._ask(self._address))
            except httpx.HTTPError as error:
                self.refused.append(repr(error))
