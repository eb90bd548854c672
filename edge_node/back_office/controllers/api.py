"""``POST /api/cases/{case_id}/…``: one step each; the answer is the case after it."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody

from edge_node.back_office import commands
from edge_node.back_office.model import Batch, Decision, Handing, Resolution, StepKey
from edge_node.case_register.model import Case
from edge_node.staff.model import Person
from sync.ambient import Clock, Ids
from sync.storage import Store, Transaction
from sync.storage.idempotency import KEY_LETTERS_MAX, Ask, once
from sync.vocabulary.errors import Forbidden
from sync.vocabulary.ids import CaseId, StaffId
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in

AnyRequest = Request[Any, Any, Any]
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key", max_length=KEY_LETTERS_MAX)]


class HandedTo(msgspec.Struct, frozen=True, kw_only=True):
    """What makes two requests to issue the same."""

    staff_id: StaffId
    case_id: str
    handing: Handing


class Cases(msgspec.Struct, frozen=True, kw_only=True):
    """Several cases."""

    cases: tuple[Case, ...]


class StepController(Controller):
    """The path of a case, step by step."""

    path = "/api/cases"
    tags = ("cases",)

    @post("/{case_id:str}/hand-over", status_code=200, guards=[may(Permission.HAND_OVER_CASES)])
    async def hand_over(
        self,
        *,
        case_id: FromPath[CaseId],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Case:
        """Hand the case over to the providing body."""
        return await Steps(request, store, clock, ids).take(case_id, StepKey.HAND_OVER)

    @post("/hand-over", status_code=200, guards=[may(Permission.HAND_OVER_CASES)])
    async def hand_over_all(
        self,
        *,
        data: JSONBody[Batch],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Cases:
        """Hand over several cases together: all or none."""
        return Cases(cases=tuple(await Steps(request, store, clock, ids).hand_over_all(data)))

    @post("/{case_id:str}/acceptance", status_code=200, guards=[may(Permission.ACCEPT_CASES)])
    async def accept(
        self,
        *,
        case_id: FromPath[CaseId],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Case:
        """The providing body confirms that it has the case."""
        return await Steps(request, store, clock, ids).take(case_id, StepKey.ACCEPT)

    @post("/{case_id:str}/start", status_code=200, guards=[may(Permission.DECIDE_CASES)])
    async def start(
        self,
        *,
        case_id: FromPath[CaseId],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Case:
        """The registrar begins to consider the case."""
        return await Steps(request, store, clock, ids).take(case_id, StepKey.START)

    @post("/{case_id:str}/decision", status_code=200, guards=[may(Permission.DECIDE_CASES)])
    async def decide(
        self,
        *,
        case_id: FromPath[CaseId],
        data: JSONBody[Decision],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Case:
        """Grant, or refuse with reasons; the number of the act is given."""
        return await Steps(request, store, clock, ids).decide(case_id, data)

    @post("/{case_id:str}/result", status_code=200, guards=[may(Permission.RECEIVE_RESULTS)])
    async def receive_result(
        self,
        *,
        case_id: FromPath[CaseId],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Case:
        """The result has come from the body and was checked: it is ready for issue."""
        return await Steps(request, store, clock, ids).take(case_id, StepKey.RECEIVE_RESULT)

    @post("/{case_id:str}/issue", status_code=200, guards=[may(Permission.ISSUE_RESULTS)])
    async def issue(
        self,
        *,
        case_id: FromPath[CaseId],
        data: JSONBody[Handing],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
        idempotency_key: IdempotencyKey = None,
    ) -> Case:
        """Hand the result to who shows a document; the same key, the same answer."""
        return await Steps(request, store, clock, ids).issue(case_id, data, key=idempotency_key)

    @post("/{case_id:str}/resolutions", status_code=200, guards=[may(Permission.RESOLVE_CONFLICTS)])
    async def resolve(
        self,
        *,
        case_id: FromPath[CaseId],
        data: JSONBody[Resolution],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
    ) -> Case:
        """Say which side of a dispute holds, and why; every side stays on the path sheet."""
        return await Steps(request, store, clock, ids).resolve(case_id, data)


class Steps:
    """Takes steps in one person's name; a step denied is in the access log all the same."""

    def __init__(self, request: AnyRequest, store: Store, clock: Clock, ids: Ids) -> None:
        self._by: Person = signed_in(request)
        self._store = store
        self._clock = clock
        self._ids = ids

    async def take(self, case_id: str, step: StepKey) -> Case:
        """One of the steps that need nothing but the case."""
        act = partial(commands.take_step, case_id=case_id, step=step)
        return await self._do(case_id, partial(act, by=self._by, now=self._clock.now(), ids=self._ids))

    async def hand_over_all(self, batch: Batch) -> list[Case]:
        """Several cases to their bodies."""
        act = partial(commands.hand_over_all, case_ids=batch.case_ids)
        return await self._store.run(partial(act, by=self._by, now=self._clock.now(), ids=self._ids))

    async def decide(self, case_id: str, decision: Decision) -> Case:
        """The decision of the body."""
        act = partial(commands.decide, decision=decision, case_id=case_id)
        return await self._do(case_id, partial(act, by=self._by, now=self._clock.now(), ids=self._ids))

    async def issue(self, case_id: str, handing: Handing, *, key: str | None) -> Case:
        """The result to the person."""
        now = self._clock.now()
        act = partial(commands.issue, handing=handing, case_id=case_id, by=self._by, now=now, ids=self._ids)
        ask = Ask(key=key, request=HandedTo(staff_id=self._by.staff_id, case_id=case_id, handing=handing), now=now)
        return await self._do(case_id, lambda tx: once(tx, act, ask=ask, answer_type=Case))

    async def resolve(self, case_id: str, resolution: Resolution) -> Case:
        """The word of the head on what contradicts itself."""
        act = partial(commands.resolve, resolution=resolution, case_id=case_id)
        return await self._do(case_id, partial(act, by=self._by, now=self._clock.now(), ids=self._ids))

    async def _do(self, case_id: str, command: Callable[[Transaction], Case]) -> Case:
        try:
            return await self._store.run(command)
        except Forbidden:
            note = partial(commands.note_denied, case_id=case_id, by=self._by, now=self._clock.now())
            await self._store.run(note)
            raise
