"""Scans over HTTP, and the page of a case's scans."""

from edge_node.archive.controllers.api import ScanController
from edge_node.archive.controllers.pages import ScanPages

controllers = [ScanController, ScanPages]
