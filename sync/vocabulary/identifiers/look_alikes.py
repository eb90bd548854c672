"""Latin and Cyrillic letters one eye cannot tell apart: a passport is typed in the alphabet the keyboard is in."""

_LATIN = "ABCEHIKMOPTXYaceikopxy"
_CYRILLIC = "АВСЕНІКМОРТХУасеікорху"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)


def as_cyrillic(text: str) -> str:
    """``text`` with Latin look-alikes replaced; other letters stay."""
    return text.translate(_TO_CYRILLIC)


def as_latin(text: str) -> str:
    """``text`` with Cyrillic look-alikes replaced; other letters stay."""
    return text.translate(_TO_LATIN)
