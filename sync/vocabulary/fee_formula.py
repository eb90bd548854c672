"""Reading the published formulas of fees: what is understood becomes a rule, what is not stays text for the clerk."""

import re
from decimal import Decimal

from msgspec.structs import replace

from sync.vocabulary.money import Fee, FeeKind, FeeVariant

TEN_HRYVNIAS = 1000
_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
_BRACKET = re.compile(r"\(([^)]*)\)")
_ROUNDING = re.compile(r",\s*до 10 грн")
_MULTIPLES = re.compile(r"\((×[0-9.]+(?:/×[0-9.]+)*)\)")
_PERCENT = re.compile(rf"PM%{_NUMBER}")
_TIMES = re.compile(rf"PM×{_NUMBER}")
_FIXED = re.compile(rf"(?:FIX )?{_NUMBER}")
_FREE = re.compile(r"0(?: \(([^)]+)\))?")

# the word beside a formula, and the price it stands for
_LABELS = {
    "у строк": ("in_time", "у строк", "in time"),
    "з порушенням": ("late", "з порушенням строку", "after the time limit"),
    "папір": ("paper", "у паперовій формі", "on paper"),
    "електронна": ("electronic", "в електронній формі", "electronic"),
}
_STANDARD = ("standard", "звичайний строк", "standard term")
_URGENT = ("urgent", "терміново", "urgent")
# law 1952-IV art. 34: one, two and five minimums for two working days, one working day, two hours
_URGENT_BY_MULTIPLE = {
    "1": ("urgent_two_days", "терміново, 2 робочі дні", "urgent, 2 working days"),
    "2": ("urgent_one_day", "терміново, 1 робочий день", "urgent, 1 working day"),
    "5": ("urgent_two_hours", "терміново, 2 години", "urgent, 2 hours"),
}


def parse_fee(text: str) -> Fee:
    """The fee published as ``text``; ``BY_CLERK`` with the text as its note when it is not one of the known forms.

    Of two sets of fixed prices the later counts; «PM%» pairs without words are in time and late (DOMAIN §0).
    """
    free = _FREE.fullmatch(text)
    if free:
        return Fee(kind=FeeKind.FREE, text=text, note=free[1])
    if text.startswith("FIX "):
        return _fixed(text)
    formula, _, remark = text.partition("; ")
    note = remark or None
    step = TEN_HRYVNIAS if _ROUNDING.search(formula) else 1
    formula = _ROUNDING.sub("", formula)
    multiples = _MULTIPLES.search(formula)
    base = _MULTIPLES.sub("", formula).strip()
    variants = _with_multiples(base, multiples[1]) if multiples else _shares(base)
    if variants is None:
        return _by_clerk(text)
    rounded = tuple(replace(each, rounded_to_kopecks=step) for each in variants)
    return Fee(kind=FeeKind.SUBSISTENCE_MINIMUM, text=text, variants=rounded, note=note)


def _by_clerk(text: str) -> Fee:
    return Fee(kind=FeeKind.BY_CLERK, text=text, note=text)


def _fixed(text: str) -> Fee:
    """«FIX 372 / 498 (2022)», «FIX 0.85 держмито», «FIX … (2016-17); 682 / 1034 (2022 M)»."""
    latest = text.rpartition("; ")[2]
    notes = [*_BRACKET.findall(latest), *(["держмито"] if "держмито" in latest else [])]
    bare = _BRACKET.sub("", latest).replace("держмито", "").strip()
    amounts = [_FIXED.fullmatch(part.strip()) for part in bare.split("/")]
    labels = (_STANDARD, _URGENT)
    if len(amounts) > len(labels) or any(each is None for each in amounts):
        return _by_clerk(text)
    variants = tuple(
        FeeVariant(key=key, label_uk=label_uk, label_en=label_en, fixed_kopecks=_kopecks(amount[1]))
        for (key, label_uk, label_en), amount in zip(labels, amounts, strict=False)
        if amount is not None
    )
    return Fee(kind=FeeKind.FIXED, text=text, variants=variants, note=", ".join(notes) or None)


def _with_multiples(base: str, multiples: str) -> list[FeeVariant] | None:
    usual = _shares(base)
    if usual is None:
        return None
    for multiple in multiples.replace("×", "").split("/"):
        if multiple not in _URGENT_BY_MULTIPLE:
            return None
        usual.append(_variant(_URGENT_BY_MULTIPLE[multiple], int(multiple) * 1000))
    return usual


def _shares(formula: str) -> list[FeeVariant] | None:
    parts = formula.split(" / ")
    variants = []
    for place, part in enumerate(parts):
        match = _PERCENT.match(part) or _TIMES.match(part)
        if match is None:
            return None
        percent_of = 10 if part.startswith("PM%") else 1000
        thousandths = Decimal(match[1]) * percent_of
        words = part[match.end() :].strip(" ()")
        label = _LABELS.get(words) if words else _unworded(part, place, parts)
        if label is None or thousandths != int(thousandths):
            return None
        variants.append(_variant(label, int(thousandths)))
    return variants


def _unworded(part: str, place: int, parts: list[str]) -> tuple[str, str, str] | None:
    if len(parts) == 1:
        return _STANDARD
    if len(parts) == len(("in time", "late")) and part.startswith("PM%"):
        return (_LABELS["у строк"], _LABELS["з порушенням"])[place]
    return None


def _variant(label: tuple[str, str, str], minimum_thousandths: int) -> FeeVariant:
    key, label_uk, label_en = label
    return FeeVariant(key=key, label_uk=label_uk, label_en=label_en, minimum_thousandths=minimum_thousandths)


def _kopecks(hryvnias: str) -> int:
    return int(Decimal(hryvnias) * 100)
