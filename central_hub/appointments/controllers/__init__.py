"""Appointments over HTTP, for staff."""

from litestar import Controller

from central_hub.appointments.controllers.api import AppointmentController

controllers: list[type[Controller]] = [AppointmentController]
