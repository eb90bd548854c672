"""Steps of a case over HTTP, and the pages of desk and back office."""

from edge_node.back_office.controllers.api import StepController

controllers = [StepController]
