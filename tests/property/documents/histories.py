"""Histories of one document as several offices write it, each when it had heard some of the others."""

from string import ascii_letters, digits

from hypothesis import strategies as st

from sync.documents import document
from sync.documents.encoding import INTEGER_MAX

keys = st.text(ascii_letters + digits + "_.:-", min_size=1, max_size=64)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
scalars = st.one_of(texts, st.integers(-INTEGER_MAX, INTEGER_MAX), st.booleans(), st.none())
names = st.sampled_from("abc")  # few, so that writers meet
entries = st.dictionaries(names | keys, scalars, max_size=2)


@st.composite
def changes(draw: st.DrawFn) -> dict[str, dict[str, object]]:
    """What one operation writes; never nothing."""
    parts: dict[str, dict[str, object]] = {
        "fields": draw(st.dictionaries(names, scalars, max_size=3)),
        "events": draw(st.dictionaries(names | keys, entries, max_size=1)),
        "attachments": draw(st.dictionaries(names, entries, max_size=1)),
    }
    if not any(parts.values()):
        parts["fields"] = {"a": draw(scalars)}
    return parts


@st.composite
def histories(draw: st.DrawFn, operations_max: int = 5) -> list[bytes]:
    """Operations of one document in an order they could have been made; operation ``i`` is of client ``i + 1``.

    Each writer has heard a random part of what was written before, also with gaps.
    """
    made: list[bytes] = []
    for client_id in range(1, draw(st.integers(2, operations_max)) + 1):
        heard = [update for update in made if draw(st.booleans())]
        snapshot = document.merge(None, heard, clients=[]).snapshot if heard else None
        made.append(document.change(snapshot, client_id=client_id, **draw(changes())))
    return made
