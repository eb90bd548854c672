"""Appointments over HTTP: as JSON and as pages."""

from litestar import Controller

from edge_node.appointments.controllers.api import AppointmentController

controllers: list[type[Controller]] = [AppointmentController]
