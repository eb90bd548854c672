"""The shape of a problem, RFC 9457, as programs read it."""

import msgspec

from sync.vocabulary.errors import Fact


class FieldError(msgspec.Struct, frozen=True, kw_only=True):
    """One refused field: its name in the input, the rule it breaks, and what to do in the reader's language."""

    field: str
    rule: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 problem details; ``code`` is the last part of ``type``, ``facts`` are the refusal's, for programs."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    facts: dict[str, Fact] = {}
    errors: tuple[FieldError, ...] = ()
