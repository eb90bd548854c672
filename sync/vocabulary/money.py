"""Money in whole kopecks, and fees as formulas of the subsistence minimum (DOMAIN §4)."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from sync.vocabulary.errors import InvalidInput, NotFound

NO_BREAK_SPACE = "\u00a0"
THOUSANDTHS = 1000

# working-age persons, 1 January of the year (DOMAIN §2.4); a later year is configuration of the hub
SUBSISTENCE_MINIMUM_KOPECKS: Mapping[int, int] = {2024: 302_800, 2025: 302_800}


class FeeKind(StrEnum):
    """How a fee is found."""

    FREE = "free"
    FIXED = "fixed"
    SUBSISTENCE_MINIMUM = "subsistence_minimum"
    BY_CLERK = "by_clerk"


class FeeVariant(msgspec.Struct, frozen=True, kw_only=True):
    """One price of a service; of ``fixed_kopecks`` and ``minimum_thousandths`` exactly one is given.

    ``minimum_thousandths`` is the share of the subsistence minimum in thousandths (1.5 % = 15); ``rounded_to_kopecks``
    the step the amount is rounded to, half up.
    """

    key: str
    label_uk: str
    label_en: str
    fixed_kopecks: int | None = None
    minimum_thousandths: int | None = None
    rounded_to_kopecks: int = 1


class Fee(msgspec.Struct, frozen=True, kw_only=True):
    """The fee of a service; ``text`` is the formula as published, ``note`` what a clerk must know besides.

    ``BY_CLERK`` has no variants: the published text could not be understood, and nothing is guessed.
    """

    kind: FeeKind
    text: str
    variants: tuple[FeeVariant, ...] = ()
    note: str | None = None

    def variant(self, key: str) -> FeeVariant:
        """The variant of that key; raises ``NotFound``."""
        for variant in self.variants:
            if variant.key == key:
                return variant
        raise NotFound(fee_variant=key)


class SubsistenceMinimum(msgspec.Struct, frozen=True, kw_only=True):
    """The amount, and the year it was set for: the page says so when that is not the year asked for."""

    year: int
    kopecks: int


def subsistence_minimum(year: int, *, table: Mapping[int, int] = SUBSISTENCE_MINIMUM_KOPECKS) -> SubsistenceMinimum:
    """The minimum of ``year``, or of the latest year before it that is known; raises ``NotFound`` before the table."""
    known = [each for each in table if each <= year]
    if not known:
        raise NotFound(subsistence_minimum=year)
    return SubsistenceMinimum(year=max(known), kopecks=table[max(known)])


def compute(fee: Fee, *, variant_key: str | None = None, subsistence_minimum_kopecks: int) -> int | None:
    """What is to be paid, in kopecks; 0 when free, None when the clerk must say.

    Without ``variant_key`` the first variant counts. Raises ``NotFound`` for an unknown one.
    """
    if fee.kind is FeeKind.FREE:
        return 0
    if fee.kind is FeeKind.BY_CLERK:
        return None
    variant = fee.variants[0] if variant_key is None else fee.variant(variant_key)
    if variant.fixed_kopecks is not None:
        return variant.fixed_kopecks
    thousandths = (variant.minimum_thousandths or 0) * subsistence_minimum_kopecks
    step = variant.rounded_to_kopecks * THOUSANDTHS
    return (2 * thousandths + step) // (2 * step) * variant.rounded_to_kopecks


def format_kopecks(amount_kopecks: int) -> str:
    """``104542`` as ``1 045,42 грн``, with no-break spaces."""
    sign = "\u2212" if amount_kopecks < 0 else ""
    hryvnias, kopecks = divmod(abs(amount_kopecks), 100)
    grouped = f"{hryvnias:,}".replace(",", NO_BREAK_SPACE)
    return f"{sign}{grouped},{kopecks:02}{NO_BREAK_SPACE}грн"


def checked_amount(amount_kopecks: int, *, field: str = "amount_kopecks") -> int:
    """An amount a terminal may be asked for: above 0, at most a million hryvnias; raises ``InvalidInput``."""
    if not 0 < amount_kopecks <= AMOUNT_KOPECKS_MAX:
        raise InvalidInput(field=field, rule="between", minimum=1, maximum=AMOUNT_KOPECKS_MAX)
    return amount_kopecks


AMOUNT_KOPECKS_MAX = 100_000_000  # no fee of the catalogue comes near: a slip of the keyboard
