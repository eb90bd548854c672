"""What the attacks do to yrs itself: without this, a validator that refuses nothing would look as good."""

import subprocess
import sys

import pytest
from pycrdt import Doc, Map

from sync.documents import document
from sync.documents.validator import MalformedUpdate, check_operation
from tests.support import updates as forged
from tests.support.updates import CLIENT, OTHER, item, operation

READ = """
import sys
from pycrdt import Doc, Map
document = Doc()
document.apply_update(sys.stdin.buffer.read())
print([document.get(root, type=Map).to_py() for root in ("f", "ev")])
"""
CHECK = """
import sys
from sync.documents.validator import MalformedUpdate, check_operation
try:
    check_operation(sys.stdin.buffer.read(), client_id=int(sys.argv[1]))
except MalformedUpdate as refused:
    print(refused.rule)
"""


def run(program: str, update: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", program, str(CLIENT)], input=update, capture_output=True, timeout=60, check=False
    )


@pytest.mark.parametrize("depth", [20_000, 30_000])
def test_nested_arrays_kill_yrs_and_not_the_check(depth: int):
    attack = operation(item(value=forged.nested_arrays(depth)))
    assert 40_000 <= len(attack) <= 64_000
    assert run(READ, attack).returncode < 0  # by a signal: no except would have helped
    assert run(CHECK, attack).stdout == b"depth\n"


def test_nested_maps_kill_yrs_and_not_the_check():
    attack = operation(item(root="ev", value=forged.nested_maps(40_000)))
    assert run(READ, attack).returncode < 0
    assert run(CHECK, attack).stdout == b"size\n"


def test_nine_forged_bytes_make_yrs_lose_what_another_writes_later():
    poison = forged.update(forged.block(b"\x00\x01", client=OTHER))
    assert len(poison) <= 9
    honest = document.change(None, client_id=OTHER, fields={"k": 1}, events={}, attachments={})
    poisoned: Doc[Map[object]] = Doc()
    poisoned.apply_update(poison)
    poisoned.apply_update(honest)
    assert str(poisoned.get("f", type=Map)) == "{}"
    with pytest.raises(MalformedUpdate) as refused:
        check_operation(poison, client_id=CLIENT)
    assert refused.value.rule == "foreign-client"
    with pytest.raises(MalformedUpdate) as refused:
        check_operation(poison, client_id=OTHER)
    assert refused.value.rule == "garbage"
