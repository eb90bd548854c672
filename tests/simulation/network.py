"""The line between the offices and the hub: it loses, doubles, delays, repeats and forgets to answer, by the seed."""

from collections.abc import Callable
from contextlib import suppress
from random import Random

import msgspec
from msgspec.structs import replace

from sync.replication.transport import HubRefusal, SessionLost, TooLarge, Unreachable
from tests.simulation.journal import Journal
from tests.simulation.weather import Weather

LATE_MAX = 30  # requests still under way, and old ones somebody kept


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What travels over HTTPS: the parts of a request that the gateway reads."""

    office_id: str
    node_id: str
    method: str
    target: str
    nonce: str
    protocol: int
    body: bytes
    signature: bytes


Answering = Callable[[Request], bytes]


class Network:
    """Carries one request at a time; every fault is drawn from the seed and noted."""

    def __init__(self, random: Random, *, weather: Weather, journal: Journal) -> None:
        self._random = random
        self._weather = weather
        self.journal = journal
        self._cut: set[str] = set()
        self._late: list[Request] = []
        self._kept: list[Request] = []
        self.is_kind = False

    def cut(self, office_id: str) -> None:
        self.journal.note("fault", "cut", office_id)
        self._cut.add(office_id)

    def mend(self, office_id: str) -> None:
        self._cut.discard(office_id)

    def is_cut(self, office_id: str) -> bool:
        return office_id in self._cut

    def be_kind(self) -> None:
        """From now on everything arrives, once and at once; what was under way arrives no more."""
        self._cut.clear()
        self._late.clear()
        self.is_kind = True

    def be_itself(self) -> None:
        self.is_kind = False

    def carry(self, request: Request, answering: Answering) -> bytes:
        """The hub's answer; raises Unreachable where it does not arrive, whether or not the hub acted."""
        if request.office_id in self._cut:
            raise Unreachable("cut")
        if self.is_kind:
            return answering(request)
        self._keep(request)
        if self._happens("lost", self._weather.lost):
            raise Unreachable("lost")
        if self._happens("delayed", self._weather.delayed):
            self._late.append(request)
            raise Unreachable("delayed")
        if self._happens("doubled", self._weather.doubled):
            self._deliver_unheard(request, answering)
        answer = answering(request)
        if self._happens("answer lost", self._weather.answer_lost):
            raise Unreachable("answer lost")
        return answer

    def deliver_late(self, answering: Answering) -> None:
        """What was delayed arrives, in any order, and an old request may arrive once more; nobody hears the answers."""
        self._random.shuffle(self._late)
        while self._late and self._random.random() < 0.5:
            self._deliver_unheard(self._late.pop(), answering)
        if self._kept and self._happens("replayed", self._weather.replayed):
            self._deliver_unheard(self._random.choice(self._kept), answering)

    def forge(self, answering: Answering, *, node_ids: list[str]) -> list[str]:
        """Somebody in between changes an old request and sends it as another node's, or with other words."""
        if not self._kept:
            return []
        request = self._random.choice(self._kept)
        other = self._random.choice([each for each in node_ids if each != request.node_id] or node_ids)
        forged = [replace(request, body=request.body + b"\0"), replace(request, target=request.target + "0")]
        heard: list[str] = []
        for each in (replace(request, node_id=other), *forged):
            if each == request:
                continue
            with suppress(Unreachable, SessionLost, TooLarge, HubRefusal):
                answering(each)
                heard.append(f"a forged {each.method} {each.target} was answered")
        return heard

    def _keep(self, request: Request) -> None:
        if len(self._kept) < LATE_MAX:
            self._kept.append(request)
        elif self._random.random() < 0.1:
            self._kept[self._random.randrange(LATE_MAX)] = request

    @staticmethod
    def _deliver_unheard(request: Request, answering: Answering) -> None:
        with suppress(Unreachable, SessionLost, TooLarge, HubRefusal):
            answering(request)

    def _happens(self, fault: str, probability: float) -> bool:
        if probability and self._random.random() < probability:
            self.journal.note("fault", fault)
            return True
        return False
