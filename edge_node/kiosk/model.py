"""A ticket as its visitor gets it."""

from datetime import datetime
from typing import Annotated

import msgspec

from edge_node.queue.model import Language, WaitRange
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import TicketId
from sync.vocabulary.ticket import PriorityCategory, Purpose, TicketState

ADDRESS_LETTERS_MAX = 200


class TakenTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh ticket; ``token`` opens its status page, ``/tickets/{token}``."""

    id: TicketId
    number: str
    token: str
    sphere: Sphere
    purpose: Purpose
    priority: PriorityCategory | None
    language: Language
    state: TicketState
    issued_at: datetime
    people_ahead: int
    expected: WaitRange | None
    print_job_id: str


class PaperWords(msgspec.Struct, frozen=True, kw_only=True):
    """What the paper says of the wish, in the visitor's language; the status page's address begins with ``site``."""

    sphere: str
    purpose: str
    site: Annotated[str, msgspec.Meta(max_length=ADDRESS_LETTERS_MAX)]
