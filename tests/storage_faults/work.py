"""A morning of one office over its real store: registrations, steps, pulls, settled pushes; each is told when durable.

What is told on the standard output, a line of JSON each, is what the office may rely on from then on.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from functools import cached_property, partial
from pathlib import Path
from random import Random

from edge_node.back_office.model import StepKey
from edge_node.case_register import commands as register
from edge_node.case_register.model import IllegalStep
from edge_node.intake import commands as intake
from edge_node.intake.model import RegisteredCase
from sync.documents import document as documents
from sync.replication import inbox
from sync.replication.engine import HeldUpTo, Settled
from sync.replication.inbox import DocumentChanged
from sync.replication.messages import OperationResult, PullAnswer, PullItem
from sync.storage import Transaction, idempotency, replica
from sync.storage.idempotency import Ask
from sync.storage.store import connect
from sync.vocabulary.identifiers.tracking import Sealed, seal
from tests.storage_faults.told import Told, tell
from tests.support.builders import an_application
from tests.support.clock import SeededIds
from tests.support.front_desk import SALT, FrontDesk

HUB = "01HUB"
PAGE = 3  # documents of another office in one answer of the hub
ROUNDS_BETWEEN_CHECKPOINTS = 3
TOGETHER = 3  # registrations that share a commit


def remote_operation_id(seq: int) -> str:
    """The operation that the hub's item ``seq`` carries."""
    return f"{seq:026d}"


class Work:
    """One process of the office, over ``folder``; ``seed`` draws its ids, its registrations bear the same keys."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        self._desk = FrontDesk(folder)
        self._desk.ids = SeededIds(self._desk.clock, seed)
        self._random = Random(seed)
        self._folder = folder
        self._opened: list[str] = []

    def close(self) -> None:
        self._desk.close()

    def live(self, rounds: int) -> None:
        """Rounds of work; a failing disk fails single commands, never the process."""
        for place in range(rounds):
            self._attempt(lambda place=place: self.register(f"case-{place}"))
            self._attempt(self.take_step)
            self._attempt(self.pull)
            if place % 2:
                self._attempt(lambda place=place: self.register_together(f"case-{place}"))
                self._attempt(self.settle)
            if place % ROUNDS_BETWEEN_CHECKPOINTS == ROUNDS_BETWEEN_CHECKPOINTS - 1:
                self._attempt(self.checkpoint)

    @staticmethod
    def _attempt(act: Callable[[], None]) -> None:
        try:
            act()
        except sqlite3.Error as error:
            tell(Told(error=str(error)))

    def register(self, key: str) -> None:
        self._answer(self._desk.store.run_now(self._registration(key)), key)

    def register_together(self, key: str) -> None:
        """As when clerks press the button at once."""
        keys = [f"{key}-{place}" for place in range(TOGETHER)]

        async def together() -> list[RegisteredCase | BaseException]:
            commands = (self._desk.store.run(self._registration(each)) for each in keys)
            return await asyncio.gather(*commands, return_exceptions=True)

        for each, answer in zip(keys, asyncio.run(together()), strict=True):
            if isinstance(answer, RegisteredCase):
                self._answer(answer, each)
            elif isinstance(answer, sqlite3.Error):
                tell(Told(error=str(answer)))
            else:
                raise answer

    def _answer(self, case: RegisteredCase, key: str) -> None:
        self._opened.append(case.case_id)
        tell(Told(number=case.number, case_id=case.case_id, key=key))

    def _registration(self, key: str) -> Callable[[Transaction], RegisteredCase]:
        application = an_application()
        now = self._desk.clock.move(seconds=20)
        command = partial(
            intake.register_case,
            application=application,
            by=self._desk.who("oksana"),
            sealed=self._sealed,
            now=now,
            ids=self._desk.ids,
        )
        ask = Ask(key=key, request=application, now=now)
        return lambda tx: idempotency.once(tx, command, ask=ask, answer_type=RegisteredCase)

    @cached_property
    def _sealed(self) -> Sealed:
        return intake.seal_second_factor(an_application().applicant, salt=SALT)

    def take_step(self) -> None:
        if not self._opened:
            return
        case_id = self._opened.pop(self._random.randrange(len(self._opened)))
        with suppress(IllegalStep):  # a process before this one took it
            self._desk.step(case_id, StepKey.HAND_OVER, by="oksana")
        tell(Told(case_id=case_id, event="handed_over"))

    def pull(self) -> None:
        """The hub tells of another office's cases."""
        store, now = self._desk.store, self._desk.clock.now()
        heard = store.read_now(replica.link).cursor
        items = tuple(self._item(seq) for seq in range(heard + 1, heard + 1 + PAGE))
        answer = PullAnswer(hub_incarnation=HUB, cursor=items[-1].seq, items=items)
        store.run_now(partial(inbox.receive, answer=answer, project=project, ids=self._desk.ids, now=now))
        tell(Told(cursor=answer.cursor))

    def _item(self, seq: int) -> PullItem:
        operation_id, now = remote_operation_id(seq), self._desk.clock.now()
        client_id = documents.fresh_client_id(now=now, operation_id=operation_id) + seq
        fields = {
            "number": f"KYV-2026-{seq:07d}-0",
            "service_code": "03-02",
            "provider_id": "migration",
            "home_office_id": "KYV",
            "accepting_office_id": "KYV",
            "pickup_office_id": "SHV",
            "tracking_hash": FOREIGN_HASH,
        }
        return PullItem(
            seq=seq,
            what="operation",
            document_id=f"01FOREIGN{seq:017d}",
            kind="case",
            operation_id=operation_id,
            client_id=client_id,
            made_at=now,
            update=documents.change(None, client_id=client_id, fields=fields, events={}, attachments={}),
        )

    def settle(self) -> None:
        """The hub has answered a push of everything that waited."""
        store = self._desk.store
        waiting = store.read_now(partial(replica.waiting_operations, limit=500))
        if not waiting:
            return
        results = tuple(OperationResult(operation_id=each.operation_id, outcome="accepted") for each in waiting)
        last = max(each.oseq or 0 for each in waiting)
        effects = [Settled(results=results), HeldUpTo(oseq=last)]
        store.run_now(partial(inbox.carry_out, effects=effects, ids=self._desk.ids, now=self._desk.clock.now()))
        tell(Told(settled=last))

    def checkpoint(self) -> None:
        """What a commit does by itself after a thousand pages."""
        with closing(connect(self._folder / "node.db")) as connection:
            connection.execute("pragma wal_checkpoint(passive)")


FOREIGN_HASH = seal("4567", salt=SALT).tracking_hash


def project(tx: Transaction, changed: DocumentChanged) -> None:
    if changed.view is not None:
        register.project(tx, changed.document_id, changed.view)
