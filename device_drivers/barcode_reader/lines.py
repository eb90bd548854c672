"""Codes out of bytes: one a line, however the reader ends its lines, and nothing of what the cable adds."""

import re

from device_drivers.barcode_reader.protocol import CODE_LETTERS_MAX

LINE_BYTES_MAX = 4 * CODE_LETTERS_MAX  # UTF-8 takes four bytes for a letter at most
GAP_SECONDS_MAX = 0.5  # a reader sends a code in one go: after a longer pause the beginning belongs to nothing
REPEAT_SECONDS = 1.5  # a trigger held down reads the same paper again
_ENDS = re.compile(rb"[\r\n]+")
_FRAMES = "\x02\x03\x1c\x1d\x1e\x1f"  # STX, ETX and separators that some readers put around a code


class CodeLines:
    """Takes chunks as they come, each with the moment it came at, in seconds of any clock that only goes forward."""

    def __init__(self) -> None:
        self._begun = b""
        self._fed_at = 0.0
        self._last: tuple[str, float] | None = None
        self._is_overlong = False

    def feed(self, chunk: bytes, *, at: float) -> list[str]:
        """The codes that end within ``chunk``."""
        if at - self._fed_at > GAP_SECONDS_MAX:
            self.forget()
        self._fed_at = at
        *whole, self._begun = _ENDS.split(self._begun + chunk)
        if whole and self._is_overlong:
            whole, self._is_overlong = whole[1:], False
        if len(self._begun) > LINE_BYTES_MAX:
            self._begun, self._is_overlong = b"", True
        codes = (_code(line) for line in whole)
        return [code for code in codes if code is not None and self._is_news(code, at=at)]

    def forget(self) -> None:
        """The line was cut: what was begun never ends."""
        self._begun, self._is_overlong = b"", False

    def _is_news(self, code: str, *, at: float) -> bool:
        known, self._last = self._last, (code, at)
        return known is None or known[0] != code or at - known[1] > REPEAT_SECONDS


def _code(line: bytes) -> str | None:
    """The line as a code; None for noise."""
    try:
        code = line.decode().strip(_FRAMES).strip()
    except UnicodeDecodeError:
        return None
    return code if 0 < len(code) <= CODE_LETTERS_MAX and code.isprintable() else None
