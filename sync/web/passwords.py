"""Passwords of staff: argon2id, and a throttle that slows a guesser down without locking a colleague out.

Profile: OWASP Password Storage Cheat Sheet, argon2id with m = 19 MiB, t = 2, p = 1.
"""

import asyncio
from collections import OrderedDict, deque
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from sync.web.problems import TooManyRequests

MEMORY_KIB = 19_456
ITERATIONS = 2
LANES = 1
HASHES_AT_ONCE_MAX = 2  # 2 × 19 MiB, one core left for the hall
PASSWORD_CHARACTERS_MAX = 128  # a longer one is an attack on the hasher

FREE_ATTEMPTS = 5  # as a person mistypes
FIRST_PAUSE_SECONDS = 30
PAUSE_SECONDS_MAX = 15 * 60
FORGOTTEN_AFTER = timedelta(hours=1)
COUNTED_MAX = 16  # the pause is at its longest by then
REMEMBERED_MAX = 10_000  # pairs of account and device; the oldest is forgotten first

_hasher = PasswordHasher(time_cost=ITERATIONS, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)


def hash_password(password: str) -> str:
    """The argon2id hash to store; about 30 ms: call it from a thread."""
    return _hasher.hash(password)


@cache
def _no_account_hash() -> str:
    return hash_password("nobody signs in with this: an unknown account takes as long as a known one")


class PasswordChecker:
    """Checks passwords in threads, at most ``HASHES_AT_ONCE_MAX`` at a time."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(HASHES_AT_ONCE_MAX)

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether ``password`` is the one hashed; None (no such account) takes the same time and never matches."""
        async with self._places:
            return await asyncio.to_thread(_matches, password, password_hash)

    async def hash(self, password: str) -> str:
        """As hash_password, in a thread."""
        async with self._places:
            return await asyncio.to_thread(hash_password, password)


def _matches(password: str, password_hash: str | None) -> bool:
    if len(password) > PASSWORD_CHARACTERS_MAX:
        return False
    nobodys = _no_account_hash()  # made by the first sign-in, whoever it is: not while the office starts
    try:
        _hasher.verify(password_hash or nobodys, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with an older profile and should be made anew at this sign-in."""
    return _hasher.check_needs_rehash(password_hash)


class Throttle:
    """Wrong tries per account and device (its address): five are free, then each doubles the pause, to 15 minutes.

    Both together, so that a guesser elsewhere cannot lock out a colleague at their own desk. A try counts as wrong from
    its beginning: many at once, all before the first is answered, are no way round.
    """

    def __init__(self) -> None:
        self._wrong: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()

    def admit(self, *, account: str, device: str, now: datetime) -> None:
        """Pass, uncounted, or raise TooManyRequests with the seconds to wait."""
        wrong = self._wrong.get((account, device))
        if wrong is None or len(wrong) < FREE_ATTEMPTS:
            return
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (len(wrong) - FREE_ATTEMPTS), PAUSE_SECONDS_MAX)
        left = pause - (now - wrong[-1]).total_seconds()
        if left > 0:
            raise TooManyRequests(retry_after_seconds=max(1, round(left)))

    def attempt(self, *, account: str, device: str, now: datetime) -> None:
        """As ``admit``, and count the try as wrong, for as long as nothing else is said of it."""
        self.admit(account=account, device=device, now=now)
        key = (account, device)
        wrong = self._wrong.pop(key, None)
        if wrong is None or now - wrong[-1] > FORGOTTEN_AFTER:
            wrong = deque(maxlen=COUNTED_MAX)
        wrong.append(now)
        self._wrong[key] = wrong
        if len(self._wrong) > REMEMBERED_MAX:
            self._wrong.popitem(last=False)

    def withdraw(self, *, account: str, device: str, at: datetime) -> None:
        """The try of then was none of a guesser: it does not count."""
        wrong = self._wrong.get((account, device), deque())
        with suppress(ValueError):  # forgotten meanwhile
            wrong.remove(at)
        if not wrong:
            self.succeeded(account=account, device=device)

    def succeeded(self, *, account: str, device: str) -> None:
        """Forget the wrong ones."""
        self._wrong.pop((account, device), None)
