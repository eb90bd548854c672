"""Charges over HTTP, and the page of a case's payment."""

from edge_node.payments.controllers.api import ChargeController
from edge_node.payments.controllers.pages import PaymentPages

controllers = [ChargeController, PaymentPages]
