"""Refusals: a rule of the office was not met.

A refusal carries a code and facts, never a sentence; the sentence stands in the catalogues as ``refusal:<code>``.
"""

import re
from typing import ClassVar

Fact = str | int | bool | None

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class Refusal(Exception):  # noqa: N818 - the field's word, and what the person reads
    """A rule was not met and nothing was changed; ``code`` is the class name in kebab-case."""

    code: ClassVar[str] = "refusal"
    status: ClassVar[int] = 409

    def __init__(self, **facts: Fact) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = _WORD_START.sub("-", cls.__name__).lower()

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code


class InvalidInput(Refusal):
    """A field breaks a rule: ``InvalidInput(field="rnokpp", rule="check-digit")``; more facts are the rule's bounds."""

    status = 422

    def __init__(self, *, field: str, rule: str, **facts: Fact) -> None:
        super().__init__(field=field, rule=rule, **facts)
        self.field = field
        self.rule = rule


class NotFound(Refusal):
    """What was asked for is not here, or not for this person to see."""

    status = 404


class Forbidden(Refusal):
    """The person is known, and their role does not allow this."""

    status = 403


class NotSignedIn(Refusal):
    """The person is not known yet."""

    status = 401


class IdempotencyKeyReused(Refusal):
    """The same Idempotency-Key came with another request."""
