"""Seeded days of a city: work, mishaps, and after each heal a look at everything that was promised."""

from collections.abc import Callable
from functools import partial

import msgspec

from central_hub.storage import replica
from sync.storage import replica as node_replica
from sync.vocabulary.case import EventKind
from tests.simulation import invariants, mishaps, rare
from tests.simulation.city import City
from tests.simulation.hub import Found
from tests.simulation.office import SECOND_FACTOR, SimulatedOffice

STEP_MINUTES = 15
STEPS_A_DAY = 32  # eight hours
DRAIN_ROUNDS_MAX = 2  # the promise: after healing every queue is empty within two rounds
HEAL_ROUNDS_MAX = 5
EXCHANGES_MAX = 40  # of one office in one round
EVENTS = (
    EventKind.HANDED_OVER,
    EventKind.ACCEPTED_BY_PROVIDER,
    EventKind.STARTED,
    EventKind.DECIDED_GRANTED,
    EventKind.DECIDED_REFUSED,
    EventKind.RESULT_RECEIVED,
    EventKind.READY_FOR_ISSUE,
    EventKind.ISSUED,
    EventKind.WITHDRAWN,
)


class Summary(msgspec.Struct, kw_only=True):
    """What a run did and found; ``violations`` by the invariant's name."""

    seed: int
    operations: int = 0
    faults: int = 0
    lost: int = 0
    doubled: int = 0
    diverged: int = 0
    rounds: int = 0  # the most that a heal took until every queue was empty
    violations: dict[str, int] = {}
    examples: tuple[str, ...] = ()
    trace: str = ""

    @property
    def is_clean(self) -> bool:
        return not self.violations

    def __str__(self) -> str:
        found = " ".join(f"{name}={count}" for name, count in sorted(self.violations.items()))
        return (
            f"seed={self.seed} operations={self.operations} faults={self.faults} lost={self.lost} "
            f"doubled={self.doubled} diverged={self.diverged} rounds={self.rounds} trace={self.trace[:16]} "
            f"violations: {found or 'none'}"
        )


class Days:
    """``live`` runs them, ``heal`` mends every line, ``inspect`` looks for what must not be."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.summary = Summary(seed=city.seed)
        rare.install(city)

    # -- living ------------------------------------------------------------------------------------------------------

    def live(self, *, days: int) -> Summary:
        """Days of work under faults, each ended by a heal and an inspection; what was done and found."""
        for _ in range(days):
            self.city.network.be_itself()
            for _ in range(STEPS_A_DAY):
                self._step()
            self.heal()
            self._rot()
            self._compare()
            self.inspect()
            self.city.clock.move(hours=16)
        self.summary.faults = self.city.journal.counts["fault"]
        self.summary.trace = self.city.journal.close()
        return self.summary

    def _step(self) -> None:
        self.city.clock.move(minutes=STEP_MINUTES)
        mishaps.befall_hub(self.city)
        acts: list[Callable[[], object]] = [partial(self.city.network.deliver_late, self.city.hub.answer)]
        limits = [self.city.random.choice((1, 5, 50)) for _ in range(self.city.random.randrange(4))]
        acts += [partial(self.city.hub.merge, limit=limit) for limit in limits]  # merging is now quick, now slow
        for office in self.city.offices:
            mishaps.befall_office(self.city, office)
        for office in (*self.city.offices, *self.city.clones):
            acts += [partial(self._work, office), partial(self._work, office)]
            acts += [partial(office.line.tried, office.line.push_once)] * 2
            acts += [partial(office.line.tried, office.line.pull_once)] * 2
        self.city.random.shuffle(acts)
        for act in acts:
            act()

    def _work(self, office: SimulatedOffice) -> None:
        draw = self.city.random.random()
        cases = office.case_ids()
        self.summary.operations += 1
        if draw < 0.35 or not cases:
            office.accept_case(pickup_office_id=self.city.random.choice(self.city.offices).office_id)
            return
        case_id = self.city.random.choice(cases[-12:])
        if draw < 0.70:
            office.take_step(case_id, self.city.random.choice(EVENTS))
        elif draw < 0.80:
            office.edit(case_id, "fee_kopecks", self.city.random.randrange(-(2**53) + 1, 2**53))
        elif draw < 0.87:
            office.edit(case_id, "pickup_office_id", self.city.random.choice(self.city.offices).office_id)
        elif draw < 0.94:
            office.take_payment(case_id, amount_kopecks=self.city.random.randrange(1, 100_000))
        elif draw < 0.95:
            self._report("08-integers-survive", ["2^63 was taken"] * office.edits_beyond_integers(case_id))
        elif self.city.ledger.cases_of_number:
            number = self.city.random.choice(list(self.city.ledger.cases_of_number))
            office.line.tried(partial(office.line.check_out, number=number, second_factor=SECOND_FACTOR))

    # -- healing and looking -----------------------------------------------------------------------------------------

    def heal(self) -> None:
        """Mend every line and let everybody talk until all are quiet; the queues must be empty soon."""
        self.city.network.be_kind()
        mishaps.repair(self.city)
        for clone in self.city.clones:
            for office in (*self.city.offices, clone):
                office.line.boot()  # no session is for ever: whoever greets again says where its chain stands
                self._let_talk(office)
        mishaps.end_clones(self.city)
        begun, drained = 0, None
        for rounds in range(1, HEAL_ROUNDS_MAX + 1):
            for office in self.city.offices:
                self._let_talk(office)
            if mishaps.bring_back(self.city):
                begun, drained = rounds, None  # it may speak again only now
                continue
            if any(office.backlog() for office in self.city.offices):
                continue
            drained = drained or rounds - begun
            rare.keep_erased(self.city)
            if self._is_heard() and not self.city.hub.review(poisoned=self.city.ledger.poisoned):
                break
        else:
            self._report("00-queues-drain", [f"not quiet after {HEAL_ROUNDS_MAX} rounds"])
        if drained is None or drained > DRAIN_ROUNDS_MAX:
            self._report("00-queues-drain", [f"empty after {drained} rounds"])
        self.summary.rounds = max(self.summary.rounds, drained or HEAL_ROUNDS_MAX)

    def _rot(self) -> None:
        """Bits turn on disks: the night's comparison finds them and tells people."""
        for office in self.city.offices:
            for document_id in rare.rot(self.city, office):
                report = office.line.verify()
                if report is None or document_id not in report.healed or document_id not in office.alarms():
                    self._report("07-digests-heal", [f"{office.office_id}: {report}, {document_id} is rotten"])

    def _compare(self) -> None:
        """What every node does by night: it is the same as the hub, or becomes so."""
        rare.finish_erasures(self.city)
        unhealed = self._verified()
        if self.city.hub.look_through_found(self._is_right):
            for office in self.city.offices:
                self._let_talk(office)
            rare.keep_erased(self.city)  # a copy of an erased case made the hub know it again
            for office in self.city.offices:
                self._let_talk(office)
            rare.finish_erasures(self.city)
            unhealed = self._verified()  # the next night
        self._report("07-digests-heal", unhealed)
        for office in self.city.offices:
            self._let_talk(office)

    def _verified(self) -> list[str]:
        """What every node's comparison left different."""
        reports = [(office.office_id, office.line.verify()) for office in self.city.offices]
        return [f"{office_id}: {report}" for office_id, report in reports if report is None or report.unhealed]

    def _is_right(self, found: Found) -> bool:
        """What a person sees who compares an office's copy with its paper: nothing made up.

        What was erased is let count too, and erased again: to discard the copy would leave its traces at the offices.
        """
        return not any(word in (found.body or b"") for word in self.city.ledger.bad_words)

    def _let_talk(self, office: SimulatedOffice) -> None:
        """One round of one office: it says all it has and hears all there is."""
        for _ in range(EXCHANGES_MAX):
            has_said = office.line.tried(office.line.push_once)
            while self.city.hub.merge(limit=50):
                pass
            has_heard = office.line.tried(office.line.pull_once)
            if not has_said and not has_heard:
                return

    def _is_heard(self) -> bool:
        state = self.city.hub.machine.read(replica.state)
        return all(office.machine.read(node_replica.link).cursor == state.seq for office in self.city.offices)

    def inspect(self) -> None:
        """Hold the city to every invariant."""
        self._report("00-nothing-fails", self.city.hub.bugs)
        self.city.hub.bugs = []
        for name, check in invariants.ALL.items():
            self._report(name, list(check(self.city)))

    def _report(self, name: str, found: list[str]) -> None:
        if not found:
            return
        violations = self.summary.violations
        violations[name] = violations.get(name, 0) + len(found)
        self.summary.examples += tuple(f"{name}: {each}" for each in found[:3])
        for each in found:
            self.city.journal.note("violation", name, each)
        kind = invariants.KINDS.get(name)
        if kind is not None:
            setattr(self.summary, kind, getattr(self.summary, kind) + len(found))
