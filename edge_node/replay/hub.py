"""What the hub says of the city, and the control of the lines."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from edge_node.replay.asking import Asker
from edge_node.replay.stage import Account
from edge_node.replay.tally import Tally
from sync.vocabulary.ids import OfficeId

PAGE = 1000


class OfficeCounts(msgspec.Struct, frozen=True, kw_only=True):
    """One office as the hub counts it; tickets are those of today, as the office told last, at ``told_at``."""

    office_id: OfficeId
    cases: int = 0
    payments: int = 0
    paid_kopecks: int = 0
    tickets: int = 0
    served: int = 0
    told_at: datetime | None = None


class CityCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The city at one moment; ``quarantined`` are operations the hub took but does not believe."""

    offices: dict[OfficeId, OfficeCounts]
    quarantined: int

    def of(self, office_id: OfficeId) -> OfficeCounts:
        """The office's counts, all 0 when the hub does not know it."""
        return self.offices.get(office_id, OfficeCounts(office_id=office_id))


class _Office(msgspec.Struct, frozen=True):
    id: OfficeId


class _Live(msgspec.Struct, frozen=True):
    taken_at: datetime
    tickets_today: int = 0
    served_today: int = 0


class _Counts(msgspec.Struct, frozen=True):
    cases: int = 0
    receipts: int = 0
    paid_kopecks: int = 0


class _OfficeNow(msgspec.Struct, frozen=True):
    office: _Office
    counts: _Counts
    live: _Live | None = None

    def counted(self) -> OfficeCounts:
        live = self.live
        return OfficeCounts(
            office_id=self.office.id,
            cases=self.counts.cases,
            payments=self.counts.receipts,
            paid_kopecks=self.counts.paid_kopecks,
            tickets=0 if live is None else live.tickets_today,
            served=0 if live is None else live.served_today,
            told_at=None if live is None else live.taken_at,
        )


class _CityNow(msgspec.Struct, frozen=True):
    offices: tuple[_OfficeNow, ...]
    quarantined: int = 0


class HubCase(msgspec.Struct, frozen=True, kw_only=True):
    """One case at the hub."""

    number: str
    paid_kopecks: int = 0


class City:
    """The hub, asked by somebody who may watch the city."""

    def __init__(self, url: str, *, tally: Tally) -> None:
        self._asker = Asker(url, tally=tally)

    async def sign_in(self, account: Account) -> None:
        """Needed before anything is asked; raises ``Refused``."""
        await self._asker.send("POST", "/api/session", {"login": account.login, "password": account.password})

    async def counts(self) -> CityCounts:
        """All offices the hub knows, now."""
        now = await self._asker.get("/api/city/offices", _CityNow)
        return CityCounts(offices={each.office.id: each.counted() for each in now.offices}, quarantined=now.quarantined)

    async def cases(self, office_id: OfficeId) -> list[HubCase]:
        """Every case registered at that office, in the order of the numbers."""
        found: list[HubCase] = []
        while True:
            params = {"office_id": office_id, "after": found[-1].number if found else ""}
            page = await self._asker.get("/api/city/case-numbers", list[HubCase], params=params)
            found += page
            if len(page) < PAGE:
                return found

    async def close(self) -> None:
        """Let the connection go."""
        await self._asker.close()


class LineControl:
    """Cuts and mends the line between an office and the hub; only where lines are simulated."""

    def __init__(self, url: str | None, *, tally: Tally) -> None:
        self._asker = Asker(url, tally=tally) if url else None

    def check(self, offices: Collection[OfficeId]) -> None:
        """Raises ``ValueError`` when lines are to be cut and nobody can."""
        if offices and self._asker is None:
            raise ValueError("--cut needs the address of the line control: --line-control URL")

    async def cut(self, office_id: OfficeId) -> None:
        """The office is alone from now on."""
        await self._set(office_id, "cut")

    async def mend(self, office_id: OfficeId) -> None:
        """The office reaches the hub again."""
        await self._set(office_id, "mended")

    async def close(self) -> None:
        """Let the connection go."""
        if self._asker is not None:
            await self._asker.close()

    async def _set(self, office_id: OfficeId, state: str) -> None:
        if self._asker is None:
            raise ValueError("no line control")
        await self._asker.send("POST", f"/lines/{office_id}", {"state": state})
