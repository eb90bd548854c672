"""The line between an office and the hub: it loses, doubles and forgets to answer, by the seed."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import TypeVar

from sync.replication.transport import Unreachable

A = TypeVar("A")

LOST, ANSWER_LOST, DOUBLED = 0.05, 0.05, 0.05


class Network:
    """Carries one request at a time; every fault is drawn from the seed and counted."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._cut: set[str] = set()
        self.is_kind = False
        self.faults: Counter[str] = Counter()

    def cut(self, office_id: str) -> None:
        self._cut.add(office_id)
        self.faults["cut"] += 1

    def mend(self, office_id: str) -> None:
        self._cut.discard(office_id)

    def is_cut(self, office_id: str) -> bool:
        return office_id in self._cut

    def be_kind(self) -> None:
        """From now on everything arrives."""
        self._cut.clear()
        self.is_kind = True

    def carry(self, office_id: str, deliver: Callable[[], A]) -> A:
        """The hub's answer; raises Unreachable where it does not arrive, whether or not the hub acted."""
        if office_id in self._cut:
            raise Unreachable("cut")
        if self.is_kind:
            return deliver()
        if self._happens("lost", LOST):
            raise Unreachable("lost")
        if self._happens("doubled", DOUBLED):
            deliver()
        answer = deliver()
        if self._happens("answer lost", ANSWER_LOST):
            raise Unreachable("answer lost")
        return answer

    def _happens(self, fault: str, probability: float) -> bool:
        happens = self._random.random() < probability
        self.faults[fault] += happens
        return happens
