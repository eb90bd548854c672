"""What node and hub agree on about tickets: states, purposes, priority."""

from enum import StrEnum


class TicketState(StrEnum):
    """Where a ticket stands; read through ``ticket-state:<value>``."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    SERVED = "served"
    NO_SHOW = "no_show"
    REDIRECTED = "redirected"
    PARKED = "parked"
    LEFT = "left"
    CANCELLED = "cancelled"


FINAL_STATES = frozenset(
    {TicketState.SERVED, TicketState.NO_SHOW, TicketState.REDIRECTED, TicketState.LEFT, TicketState.CANCELLED}
)


class Purpose(StrEnum):
    """What the visitor came for; read through ``purpose:<value>``."""

    CONSULT = "consult"
    FILE = "file"
    RECEIVE = "receive"


class PriorityCategory(StrEnum):
    """Who is served first by law or by the rule of the house: the ground only, never a diagnosis (DOMAIN §5).

    Read through ``priority:<value>``.
    """

    DISABILITY = "disability"
    WAR_DISABILITY = "war_disability"
    COMBATANT = "combatant"
    FALLEN_FAMILY = "fallen_family"
    HERO = "hero"
    CHORNOBYL = "chornobyl"
    INFANT = "infant"
    ELDERLY = "elderly"
