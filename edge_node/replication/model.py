"""What a checkout is asked with and answers, and why it may be refused."""

from typing import Annotated

import msgspec

from sync.vocabulary.errors import Refusal
from sync.vocabulary.ids import CaseId

NUMBER_LETTERS_MAX = 32
FACTOR_LETTERS_MAX = 64


class Checkout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The number on the applicant's paper, and the second factor she was given."""

    number: Annotated[str, msgspec.Meta(min_length=1, max_length=NUMBER_LETTERS_MAX)]
    second_factor: Annotated[str, msgspec.Meta(min_length=1, max_length=FACTOR_LETTERS_MAX)]


class CheckedOut(msgspec.Struct, frozen=True, kw_only=True):
    """The case that is now here too."""

    case_id: CaseId


class HubUnreachable(Refusal):
    """The hub cannot be asked now: the line is cut."""

    status = 503


class HubRefused(Refusal):
    """The hub has no such case, or the second factor does not fit; which of the two is not said."""

    status = 404
