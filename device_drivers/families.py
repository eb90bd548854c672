"""The families: which protocol each speaks, how long its acts may take, how often it is looked at."""

import inspect
import typing
from functools import cache

import msgspec

from device_drivers.barcode_reader.protocol import BarcodeReader
from device_drivers.document_printer.protocol import DocumentPrinter
from device_drivers.errors import BadCall
from device_drivers.loudspeaker.protocol import Loudspeaker
from device_drivers.payment_terminal.protocol import PaymentTerminal
from device_drivers.scanner.protocol import Scanner
from device_drivers.telephone.protocol import Telephone
from device_drivers.ticket_printer.protocol import TicketPrinter

DEADLINE_SECONDS = 30.0  # what no line of the table below says otherwise


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of device; deadlines are the last resort, drivers give up earlier by themselves."""

    name: str
    protocol: type
    probe_seconds: float
    deadlines_seconds: dict[str, float]

    def deadline_seconds(self, method: str) -> float:
        """How long ``method`` may take before the worker stops waiting for its driver."""
        return self.deadlines_seconds.get(method, DEADLINE_SECONDS)


TICKET_PRINTER = Family(
    name="ticket_printer", protocol=TicketPrinter, probe_seconds=15, deadlines_seconds={"print_ticket": 20}
)
DOCUMENT_PRINTER = Family(
    name="document_printer", protocol=DocumentPrinter, probe_seconds=15, deadlines_seconds={"print_pdf": 90}
)
SCANNER = Family(name="scanner", protocol=Scanner, probe_seconds=120, deadlines_seconds={"scan": 1800})
PAYMENT_TERMINAL = Family(
    name="payment_terminal",
    protocol=PaymentTerminal,
    probe_seconds=60,
    # acquirers advise to wait 310 s for a person and a PIN; an end of day talks to the bank
    deadlines_seconds={"charge": 340, "refund": 340, "void": 340, "inquire": 180, "totals": 150, "settle": 150},
)
LOUDSPEAKER = Family(name="loudspeaker", protocol=Loudspeaker, probe_seconds=60, deadlines_seconds={"announce": 90})

TELEPHONE = Family(name="telephone", protocol=Telephone, probe_seconds=60, deadlines_seconds={})
BARCODE_READER = Family(name="barcode_reader", protocol=BarcodeReader, probe_seconds=15, deadlines_seconds={})


@cache
def _arguments_type(protocol: type, method: str) -> type[msgspec.Struct]:
    function = getattr(protocol, method, None)
    if method.startswith("_") or method in {"probe", "close"} or function is None:
        raise BadCall(f"{protocol.__name__} has no method {method!r}")
    hints = typing.get_type_hints(function)
    parameters = [each for each in inspect.signature(function).parameters.values() if each.name != "self"]
    fields = [
        (each.name, hints[each.name], msgspec.NODEFAULT if each.default is each.empty else each.default)
        for each in parameters
    ]
    return msgspec.defstruct(method, fields, kw_only=True, forbid_unknown_fields=True)


def checked_arguments(family: Family, *, method: str, arguments: dict[str, object]) -> dict[str, object]:
    """``arguments`` as the types that the protocol's method names; raises BadCall that says what does not fit."""
    try:
        fitting = msgspec.convert(arguments, _arguments_type(family.protocol, method))
    except msgspec.ValidationError as error:
        raise BadCall(f"{family.name}.{method}: {error}") from error
    return {name: getattr(fitting, name) for name in fitting.__struct_fields__}
