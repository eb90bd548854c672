"""Taking a case in over HTTP: as JSON in one go, and as pages step by step."""

from edge_node.intake.controllers.api import IntakeController
from edge_node.intake.controllers.pages import IntakeLive, IntakePages

controllers = [IntakeController, IntakePages, IntakeLive]
