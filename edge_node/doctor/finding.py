"""What a check found."""

from typing import Literal

import msgspec

State = Literal["ok", "warn", "fail"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One check: ``ok``, ``warn`` (it works, and will want a person) or ``fail`` (it does not work).

    ``what`` says what is, ``remedy`` what to do; ``reasons`` are a device's own words for programs that read this.
    """

    check: str
    state: State
    what: str
    remedy: str = ""
    reasons: tuple[str, ...] = ()
