"""Arguments that come over the socket: checked against the protocol of the family before a driver hears of them."""

import typing
from pathlib import Path

import pytest

from device_drivers.errors import BadCall
from device_drivers.families import PAYMENT_TERMINAL, TICKET_PRINTER, checked_arguments
from device_drivers.payment_terminal.protocol import Baseline
from device_drivers.registry import Settings
from device_drivers.ticket_printer.protocol import LineSize, PaperLine, TicketPaper


def test_plain_data_become_the_structs_of_the_protocol():
    paper = {"number": "А 001", "lines": [{"text": "Реєстрація", "size": "large"}]}
    found = checked_arguments(TICKET_PRINTER, method="print_ticket", arguments={"paper": paper, "ref": "t1"})
    line = PaperLine(text="Реєстрація", size=LineSize.LARGE)
    assert found == {"paper": TicketPaper(number="А 001", lines=(line,)), "ref": "t1", "after_unknown": None}


@pytest.mark.parametrize("settings", typing.get_args(Settings))
def test_every_driver_is_held_to_the_suite_of_its_family(settings):
    family = settings.__module__.split(".")[1]
    here = Path(__file__).parent
    suite = [here / f"test_{family}.py", *([here / "terminals.py"] if family == "payment_terminal" else [])]
    assert any(f"{settings.__name__}(" in path.read_text("utf-8") for path in suite)


def test_an_inquiry_takes_the_baseline_as_it_was_answered():
    baseline = {"invoice_number": "000100", "rrn": "1"}
    arguments = {"ref": "c1", "kind": "charge", "baseline": baseline, "amount_kopecks": 100, "invoice_number": ""}
    found = checked_arguments(PAYMENT_TERMINAL, method="inquire", arguments=arguments)
    assert found["baseline"] == Baseline(invoice_number="000100", rrn="1")


@pytest.mark.parametrize(
    ("method", "arguments", "why"),
    [
        ("eject", {}, "no method 'eject'"),
        ("__init__", {}, "no method"),
        ("_is_protocol", {}, "no method"),
        ("close", {}, "no method"),
        ("print_ticket", {"ref": "t1"}, "missing required field `paper`"),
        ("print_ticket", {"ref": 1, "paper": {"number": "А"}}, "Expected `str`"),
        ("print_ticket", {"ref": "t1", "paper": {"number": "А"}, "colour": "red"}, "unknown field `colour`"),
        ("print_ticket", {"ref": "t1", "paper": {"number": "А", "lines": [{"text": 1}]}}, "lines"),
    ],
)
def test_what_does_not_fit_is_named(method, arguments, why):
    with pytest.raises(BadCall, match=why):
        checked_arguments(TICKET_PRINTER, method=method, arguments=arguments)
