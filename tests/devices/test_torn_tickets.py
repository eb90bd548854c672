"""Tickets whose line dies at places all along the conversation, within the picture too."""

from pathlib import Path

from tests.devices.torn_tickets import tear


def test_wherever_the_line_dies_no_ticket_comes_twice_or_hangs_on_another(tmp_path: Path):
    tickets = tear(tmp_path, every=4_001)  # python -m tests.devices.torn_tickets takes more
    assert tickets.differences() == []
    assert tickets.ends["nothing happened"] > 10, "some were cut before the ticket left"
    assert tickets.ends["unknown"] > 10, "some after"
    assert tickets.ends["torn pieces"] > 3, "and some within the picture"
