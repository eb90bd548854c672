"""A password is checked slowly, a guesser slower, a colleague who mistyped not at all."""

import asyncio
from datetime import timedelta

import pytest

from sync.web.passwords import (
    FREE_ATTEMPTS,
    PASSWORD_CHARACTERS_MAX,
    PAUSE_SECONDS_MAX,
    PasswordChecker,
    Throttle,
    hash_password,
    needs_rehash,
)
from sync.web.problems import TooManyRequests
from tests.unit.web.conftest import HandClock


def test_only_the_right_password_matches() -> None:
    async def story() -> None:
        checker, stored = PasswordChecker(), hash_password("добрий-пароль")

        assert await checker.matches("добрий-пароль", stored)
        assert not await checker.matches("інший-пароль", stored)
        assert not await checker.matches("добрий-пароль", None)
        assert not await checker.matches("добрий-пароль", "no hash at all")
        assert not await checker.matches("x" * (PASSWORD_CHARACTERS_MAX + 1), stored)

    asyncio.run(story())


def test_the_hash_is_argon2id_with_the_profile_of_the_day() -> None:
    stored = hash_password("добрий-пароль")

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not needs_rehash(stored)


def test_a_guesser_waits_longer_and_longer_but_never_for_ever(clock: HandClock) -> None:
    throttle = Throttle()
    waits = []
    for _ in range(FREE_ATTEMPTS + 8):
        try:
            throttle.attempt(account="oksana", device="10.0.0.7", now=clock.now())
        except TooManyRequests as refusal:
            waits.append(refusal.retry_after_seconds)
            clock.pass_by(seconds=refusal.retry_after_seconds)
            throttle.attempt(account="oksana", device="10.0.0.7", now=clock.now())

    assert waits[:3] == [30, 60, 120]
    assert waits[-1] == PAUSE_SECONDS_MAX


def test_a_guesser_elsewhere_does_not_lock_a_colleague_out(clock: HandClock) -> None:
    throttle = Throttle()
    for _ in range(FREE_ATTEMPTS):
        throttle.attempt(account="oksana", device="10.0.0.66", now=clock.now())

    throttle.admit(account="oksana", device="10.0.0.7", now=clock.now())
    with pytest.raises(TooManyRequests):
        throttle.admit(account="oksana", device="10.0.0.66", now=clock.now())


def test_the_right_password_and_an_hour_forget_the_wrong_ones(clock: HandClock) -> None:
    throttle = Throttle()
    for _ in range(FREE_ATTEMPTS):
        throttle.attempt(account="oksana", device="a", now=clock.now())
        throttle.attempt(account="ihor", device="a", now=clock.now())
    throttle.succeeded(account="oksana", device="a")
    throttle.admit(account="oksana", device="a", now=clock.now())

    later = clock.now() + timedelta(hours=1, seconds=1)
    throttle.attempt(account="ihor", device="a", now=later)

    throttle.admit(account="ihor", device="a", now=later)


def test_a_try_that_was_no_guess_leaves_what_was_wrong_before_it_as_it_was(clock: HandClock) -> None:
    throttle = Throttle()
    for _ in range(FREE_ATTEMPTS):
        throttle.attempt(account="track", device="a", now=clock.now())
    clock.pass_by(seconds=30)
    right_at = clock.now()
    throttle.attempt(account="track", device="a", now=right_at)
    with pytest.raises(TooManyRequests):
        throttle.admit(account="track", device="a", now=clock.now())

    throttle.withdraw(account="track", device="a", at=right_at)

    throttle.attempt(account="track", device="a", now=clock.now())
