"""What the desk's page refuses by itself."""

from sync.vocabulary.errors import Refusal


class NoDesk(Refusal):
    """The person has taken no desk yet."""
