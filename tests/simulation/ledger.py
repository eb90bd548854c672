"""What people were told: the promises that the city is held to, kept outside every machine."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from sync.documents.document import DocumentView, Entry
from sync.replication.messages import NumberLease


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An event whose recording was answered; ``seen``: what the recorder had before her eyes."""

    event_id: str
    document_id: str
    office_id: str
    entry: Entry
    seen: frozenset[str]


class Ledger:
    """Only what was answered is in here: a command cut off before its answer may have happened or not."""

    def __init__(self) -> None:
        self.told: dict[str, Told] = {}
        self.forgotten: set[str] = set()  # only on disks that were lost
        self.cases_of_number: defaultdict[str, set[str]] = defaultdict(set)
        self.cases_of_visit: defaultdict[str, set[str]] = defaultdict(set)
        self.leases: dict[str, set[NumberLease]] = defaultdict(set)
        self.poisoned: dict[str, str] = {}  # operation id → what is wrong with it
        self.cases_of_lost_images: set[str] = set()
        self.poisoned_cases: set[str] = set()
        self.bad_events: set[str] = set()  # events inside poison: they must never be believed
        self.bad_words: set[bytes] = set()  # what poison says, also where it is made anew under another id
        self.cut_offs: dict[str, tuple[str, int]] = {}  # retired node → its incarnation, the last operation that counts
        self.markers: dict[str, str] = {}  # document → a name written into it, to be found nowhere once it is erased
        self.erased: dict[str, str] = {}  # document → that name
        self.reissues: defaultdict[str, int] = defaultdict(int)
        self._visitors = 0
        self.forked: set[str] = set()  # nodes of which people saw the hub's alarm before its disk was lost
        self.clones: list[tuple[str, str, bool]] = []  # office, node, whether the hub took something of the copy

    def fresh_phone(self) -> str:
        """Of a visitor never seen before."""
        self._visitors += 1
        return f"+38050{self._visitors:07}"

    def tell(self, document_id: str, office_id: str, *, before: DocumentView | None, after: DocumentView) -> None:
        """A command was answered: what it added is a promise."""
        known = frozenset(before.events) if before else frozenset()
        for event_id in after.events.keys() - known:
            self.told[event_id] = Told(
                event_id=event_id,
                document_id=document_id,
                office_id=office_id,
                entry=after.events[event_id],
                seen=known,
            )

    def printed(self, *, number: str, case_id: str, visit: str) -> None:
        """A paper with the number left the printer."""
        self.cases_of_number[number].add(case_id)
        self.cases_of_visit[visit].add(case_id)

    def forget(self, event_ids: Iterable[str]) -> None:
        """A disk was lost, and these were on no other."""
        self.forgotten.update(event_ids)

    def owed(self, document_id: str | None = None) -> list[Told]:
        """What must be in the city: of one document, or all."""
        return [
            told
            for told in self.told.values()
            if told.event_id not in self.forgotten
            and told.document_id not in self.erased
            and document_id in {None, told.document_id}
        ]
