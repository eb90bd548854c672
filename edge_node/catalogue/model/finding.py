"""What a visitor means: services found by their own words, by everyday words, and in spite of slips of the finger.

A word asked for is met by a word of the service: by its beginning, by its stem, as Ukrainian bends the ends of words,
or nearly, letter by letter (rapidfuzz). Everyday words stand for the official ones (``SYNONYMS``).
"""

from collections.abc import Iterable, Sequence

import msgspec
from rapidfuzz import fuzz

from edge_node.catalogue.model.synonyms import SMALL_WORDS, SYNONYMS, Meaning

WORDS_MAX = 6
NEAR = 74.0  # of 100: one slip in a word of four letters, two in eight
SAID_NEAR = 80.0  # «виписатися» is no slip for «прописатися»
STEM_LETTERS_MIN = 4
BENT_LETTERS_MAX = 3  # how much of a word's end its cases may change: «паспорту», «паспортами»


class Findable(msgspec.Struct, frozen=True, kw_only=True):
    """One service as it is looked for: ``words`` of its names and code, in small letters, without punctuation."""

    code: str
    words: tuple[str, ...]


def rank(asked: Sequence[str], findables: Iterable[Findable], *, limit: int) -> list[str]:
    """Codes of the services that meet every word of ``asked``, best first, then by code.

    Where none meets every word, those that meet some. Small words are passed over; a word with synonyms is met by any
    of them.
    """
    wanted = [_meanings(word) for word in asked if word not in SMALL_WORDS][:WORDS_MAX]
    if not wanted:
        return []
    comparison = _Comparison()
    met = {each.code: [comparison.best(meanings, each.words) for meanings in wanted] for each in findables}
    is_whole = any(all(scores) for scores in met.values())
    kept = {code: sum(scores) for code, scores in met.items() if (all(scores) if is_whole else any(scores))}
    return sorted(kept, key=lambda code: (-kept[code], code))[:limit]


def _meanings(word: str) -> list[Meaning]:
    """The word itself, and what it, or a word that it is nearly, stands for."""
    is_long = len(word) >= STEM_LETTERS_MIN
    said = [each for each in SYNONYMS if fuzz.ratio(word, each) >= SAID_NEAR or (is_long and each.startswith(word))]
    return [(word,), *(meaning for each in said for meaning in SYNONYMS[each])]


class _Comparison:
    """Compares each two words once: services share most of theirs."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], float] = {}

    def best(self, meanings: Sequence[Meaning], words: Sequence[str]) -> float:
        """How well the words of a service meet one of the meanings, all its parts; 0 to 100."""
        return max(self._met(meaning, words) for meaning in meanings)

    def _met(self, meaning: Meaning, words: Sequence[str]) -> float:
        parts = [max((self._likeness(part, word) for word in words), default=0.0) for part in meaning]
        return 0.0 if min(parts) == 0 else sum(parts) / len(parts)

    def _likeness(self, asked: str, word: str) -> float:
        if (asked, word) not in self._known:
            self._known[asked, word] = likeness(asked, word)
        return self._known[asked, word]


def likeness(asked: str, word: str) -> float:
    """How well ``word`` meets ``asked``, 0 to 100: the same, its beginning, its stem, nearly."""
    if word.startswith(asked):
        return 100.0 if word == asked else 95.0
    if len(asked) < STEM_LETTERS_MIN or any(letter.isdigit() for letter in asked):
        return 0.0  # a code or a short word is meant as it is
    stem = asked[: max(STEM_LETTERS_MIN, len(asked) - BENT_LETTERS_MAX)]
    if word.startswith(stem) and abs(len(word) - len(asked)) <= BENT_LETTERS_MAX:
        return 90.0
    near = max(fuzz.ratio(asked, word), fuzz.ratio(asked, word[: len(asked)]) - 5)
    return near if near >= NEAR else 0.0
