"""``/api/cases``: open a case, or one by its number."""

import asyncio
import secrets
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, JSONBody, QueryParameter

from edge_node.case_register import commands as register
from edge_node.case_register.model import CaseDetails, CaseNotYours
from edge_node.intake import commands
from edge_node.intake.model import CaseApplication, RegisteredCase
from sync.ambient import Clock, Ids
from sync.storage import Store, Transaction
from sync.storage.idempotency import KEY_LETTERS_MAX, Ask, once
from sync.vocabulary.applicant import Applicant
from sync.vocabulary.ids import StaffId
from sync.vocabulary.staff import Permission
from sync.web.access import may, signed_in

SALT_BYTES = 16
NUMBER_CHARACTERS_MAX = 40  # the number with spaces and dashes, as people type it
AnyRequest = Request[Any, Any, Any]
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key", max_length=KEY_LETTERS_MAX)]


class ApplicantGiven(Applicant, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The applicant as a program sends one: what is kept of people may grow, what is sent is known."""


class ApplicationGiven(CaseApplication, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The application as a program sends it."""

    applicant: ApplicantGiven


class AskedBy(msgspec.Struct, frozen=True, kw_only=True):
    """What makes two requests under one key the same: the person and all they sent."""

    staff_id: StaffId
    application: CaseApplication


class IntakeController(Controller):
    """The cases of this office."""

    path = "/api/cases"
    tags = ("cases",)

    @get(guards=[may(Permission.READ_CASES)])
    async def by_number(
        self,
        *,
        number: Annotated[str, QueryParameter(max_length=NUMBER_CHARACTERS_MAX)],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
    ) -> CaseDetails:
        """The case of an official number, however it was typed; that it was opened goes into the access log."""
        by = signed_in(request)
        file = await store.run(partial(register.look_by_number, by=by, number=number, now=clock.now()))
        if isinstance(file, CaseNotYours):
            raise file
        return await store.read(partial(register.details, file=file))

    @post(guards=[may(Permission.REGISTER_CASES)])
    async def open(
        self,
        *,
        data: JSONBody[ApplicationGiven],
        request: AnyRequest,
        store: NamedDependency[Store],
        clock: NamedDependency[Clock],
        ids: NamedDependency[Ids],
        idempotency_key: IdempotencyKey = None,
    ) -> RegisteredCase:
        """Open a case: number, due date and fee; the inventory goes to the printer. The same key, the same answer."""
        by, now = signed_in(request), clock.now()
        seal = partial(commands.seal_second_factor, data.applicant, salt=secrets.token_hex(SALT_BYTES))
        sealed = await asyncio.to_thread(seal)
        command = partial(commands.register_case, application=data, by=by, sealed=sealed, now=now, ids=ids)
        ask = Ask(key=idempotency_key, request=AskedBy(staff_id=by.staff_id, application=data), now=now)
        return await store.run(partial(_once, command=command, ask=ask))


def _once(tx: Transaction, *, command: "partial[RegisteredCase]", ask: Ask) -> RegisteredCase:
    return once(tx, command, ask=ask, answer_type=RegisteredCase)
