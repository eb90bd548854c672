"""Charges over HTTP, the page of a case's payment, the terminals' shifts and trials."""

from edge_node.payments.controllers.api import ChargeController
from edge_node.payments.controllers.pages import PaymentPages, WaysBack
from edge_node.payments.controllers.shifts import RecipientPages, ShiftLive, ShiftPages
from edge_node.payments.controllers.trials import TrialPages

controllers = [ChargeController, PaymentPages, WaysBack, ShiftPages, ShiftLive, RecipientPages, TrialPages]
