"""A process that is asked by many at once right after its start lives."""

import subprocess
import sys

MEET = """
import sys, threading
import msgspec
from enum import StrEnum
from sync.web.types import learn_types

sys.setswitchinterval(1e-6)
for place in range(1500):
    class Colour(StrEnum):
        RED = "red"
        BLUE = "blue"
    Colour.__module__ = "sync.trial"
    Paper = msgspec.defstruct("Paper", [("colours", frozenset[Colour]), ("title", str | None)], module="sync.trial")
    learn_types()
    begin = threading.Barrier(6)

    def convert():
        begin.wait()
        msgspec.convert({"colours": ["red", "blue"], "title": None}, Paper)

    threads = [threading.Thread(target=convert) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    del Paper, Colour, convert, threads
"""


def test_a_type_that_was_learnt_is_met_by_many_threads_at_once():
    """Without ``learn_types`` the process ends with a segmentation fault."""
    subprocess.run([sys.executable, "-c", MEET], check=True)
