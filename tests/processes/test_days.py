"""A thousand random days of a hall, in a process of their own."""

import subprocess
import sys

import pytest

pytestmark = [pytest.mark.processes, pytest.mark.timeout(900)]

DAYS = 1_000


def test_on_a_thousand_random_days_the_rule_of_turns_holds() -> None:
    command = [sys.executable, "-m", "tests.property.queue.days", "--days", str(DAYS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"days={DAYS}" in done.stdout
