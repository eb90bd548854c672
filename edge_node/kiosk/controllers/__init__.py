"""The kiosk over HTTP: as JSON and as pages."""

from litestar import Controller

from edge_node.kiosk.controllers.api import TicketController
from edge_node.kiosk.controllers.asking import AskingPages
from edge_node.kiosk.controllers.booked import BookedPages
from edge_node.kiosk.controllers.booking import BookingPages
from edge_node.kiosk.controllers.finding import FindingPages
from edge_node.kiosk.controllers.pages import KioskPages, TicketPages
from edge_node.kiosk.controllers.shell import KioskShell
from edge_node.kiosk.controllers.speech import SpeechController

controllers: list[type[Controller]] = [
    TicketController,
    KioskShell,
    SpeechController,
    FindingPages,
    AskingPages,
    BookingPages,
    BookedPages,
    KioskPages,
    TicketPages,
]
