"""One table says who may write which event."""

from edge_node.archive.controllers.pages import SCAN
from edge_node.back_office.model import STEPS
from sync.vocabulary.case import EventKind
from sync.vocabulary.rights import DONE_BY_NODES, NEEDED, may_write
from sync.vocabulary.staff import Role


def test_every_kind_of_event_has_its_permission():
    assert set(EventKind) <= NEEDED.keys()
    assert NEEDED.keys() >= DONE_BY_NODES


def test_what_a_step_asks_at_the_desk_is_what_the_hub_asks_of_its_events():
    for step in STEPS.values():
        assert all(NEEDED[kind] == (step.permission,) for kind in step.kinds)
    assert NEEDED[EventKind.SCAN_ATTACHED] == SCAN


def test_an_administrator_hands_out_what_a_registrar_decides():
    assert may_write({Role.ADMINISTRATOR}, EventKind.ISSUED)
    assert not may_write({Role.ADMINISTRATOR}, EventKind.DECIDED_GRANTED)
    assert may_write({Role.REGISTRAR}, EventKind.DECIDED_GRANTED)
    assert not may_write({Role.REGISTRAR}, EventKind.ISSUED)
    assert may_write(frozenset(), "a_kind_of_a_newer_version")
