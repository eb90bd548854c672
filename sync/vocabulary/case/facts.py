"""Reading one fact of an event, whatever another version wrote in its place."""

from datetime import date

from sync.vocabulary.case.events import CaseEvent


def text_fact(event: CaseEvent, name: str) -> str | None:
    """The text under ``name``; ``None`` when there is none or it is empty."""
    value = event.facts.get(name)
    return value if isinstance(value, str) and value else None


def whole_fact(event: CaseEvent, name: str) -> int | None:
    """The whole number under ``name``; ``None`` when there is none."""
    value = event.facts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def day_fact(event: CaseEvent, name: str) -> date | None:
    """The day under ``name``; ``None`` when there is none."""
    try:
        return date.fromisoformat(text_fact(event, name) or "")
    except ValueError:
        return None
