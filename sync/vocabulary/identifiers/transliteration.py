"""Ukrainian to Latin by Cabinet resolution 55 of 27.01.2010 (DOMAIN §3.7)."""

import re

_TABLE = dict(
    zip(
        "абвгґдежзиіклмнопрстуфхцчшщ",
        (
            [
                "a",
                "b",
                "v",
                "h",
                "g",
                "d",
                "e",
                "zh",
                "z",
                "y",
                "i",
                "k",
                "l",
                "m",
                "n",
                "o",
                "p",
                "r",
                "s",
                "t",
                "u",
                "f",
                "kh",
                "ts",
                "ch",
                "sh",
                "shch",
            ]
        ),
        strict=True,
    )
)
_TABLE |= {"є": "ie", "ї": "i", "й": "i", "ю": "iu", "я": "ia", "ь": ""}
_AT_START = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
_APOSTROPHES = "'\u2019\u02bc`"
_WORD = re.compile(rf"[а-щьюяєіїґ{_APOSTROPHES}]+", re.IGNORECASE)


def to_latin(text: str) -> str:
    """``text`` with each Ukrainian word transliterated; a person's own Latin spelling goes before this."""
    return _WORD.sub(lambda match: _word(match[0]), text)


def _word(word: str) -> str:
    is_all_capitals = len(word) > 1 and word.isupper()
    letters: list[str] = []
    previous = ""
    for letter in word:
        if letter in _APOSTROPHES:
            continue
        latin = _letter(letter.lower(), previous)
        letters.append(latin.upper() if is_all_capitals else latin.capitalize() if letter.isupper() else latin)
        previous = letter.lower()
    return "".join(letters)


def _letter(letter: str, previous: str) -> str:
    if not previous and letter in _AT_START:
        return _AT_START[letter]
    if previous == "з" and letter == "г":
        return "gh"
    return _TABLE[letter]
