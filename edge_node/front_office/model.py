"""What the desk's page refuses by itself, and where it hears of its devices."""

from sync.vocabulary.errors import NotFound, Refusal

CODE_LETTERS_MAX = 512


class NoDesk(Refusal):
    """The person has taken no desk yet."""


class CodeUnknown(NotFound):
    """What was scanned names nothing of this office."""


def scans_topic(desk_number: int) -> str:
    """Codes read at the desk."""
    return f"scans:{desk_number}"
