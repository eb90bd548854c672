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
    tickets: int | None = None
    served: int | None = None
    told_at: datetime | None = None


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

    async def counts(self) -> dict[OfficeId, OfficeCounts]:
        """All offices the hub knows."""
        found = await self._asker.get("/api/city/counts", list[OfficeCounts])
        return {each.office_id: each for each in found}

    async def cases(self, office_id: OfficeId) -> list[HubCase]:
        """Every case registered at that office, in the order of the numbers."""
        found: list[HubCase] = []
        while True:
            after = found[-1].number if found else ""
            params = {"office_id": office_id, "after": after, "limit": str(PAGE)}
            page = await self._asker.get("/api/city/cases", list[HubCase], params=params)
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
        await self._set(office_id, "up")

    async def close(self) -> None:
        """Let the connection go."""
        if self._asker is not None:
            await self._asker.close()

    async def _set(self, office_id: OfficeId, state: str) -> None:
        if self._asker is None:
            raise ValueError("no line control")
        await self._asker.send("POST", f"/lines/{office_id}", {"state": state})
