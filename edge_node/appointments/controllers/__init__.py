"""Appointments over HTTP: as JSON and as pages."""

from litestar import Controller

from edge_node.appointments.controllers.api import AppointmentController
from edge_node.appointments.controllers.pages import BookingPages, DayPages
from edge_node.appointments.controllers.rules import RulesPages

controllers: list[type[Controller]] = [AppointmentController, DayPages, BookingPages, RulesPages]
