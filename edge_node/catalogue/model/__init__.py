"""Why the catalogue refuses."""

from sync.vocabulary.errors import NotFound


class UnknownService(NotFound):
    """The catalogue has no such service."""


class UnknownOffice(NotFound):
    """There is no such office."""
