"""Charges over HTTP, the page of a case's payment, and the terminals' shifts."""

from edge_node.payments.controllers.api import ChargeController
from edge_node.payments.controllers.pages import PaymentPages, WaysBack
from edge_node.payments.controllers.shifts import RecipientPages, ShiftPages

controllers = [ChargeController, PaymentPages, WaysBack, ShiftPages, RecipientPages]
