"""The desk over HTTP: as JSON and as pages."""

from litestar import Controller

from edge_node.front_office.controllers.act_pages import DeskActPages
from edge_node.front_office.controllers.acts import DeskActsController, QueueController, TicketActsController
from edge_node.front_office.controllers.api import DeskController, TicketController
from edge_node.front_office.controllers.pages import DeskPages
from edge_node.front_office.controllers.scanned import ScanPages
from edge_node.front_office.controllers.start import StartPage
from edge_node.front_office.controllers.telephone import HandsetController, TelephonePages

controllers: list[type[Controller]] = [
    DeskController,
    TicketController,
    DeskActsController,
    TicketActsController,
    QueueController,
    DeskPages,
    DeskActPages,
    ScanPages,
    HandsetController,
    TelephonePages,
    StartPage,
]
