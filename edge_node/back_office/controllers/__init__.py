"""Steps of a case over HTTP, and the pages of desk and back office."""

from edge_node.back_office.controllers.api import StepController
from edge_node.back_office.controllers.issuing import CheckoutController, IssuePages
from edge_node.back_office.controllers.pages import CasePages, StepPages

controllers = [StepController, CasePages, StepPages, IssuePages, CheckoutController]
