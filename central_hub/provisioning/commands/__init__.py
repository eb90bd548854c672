"""Who may join the city, and who no longer may."""

from central_hub.provisioning.commands.beginning import NUMBERS_SKIPPED, begin_anew, begin_city, seed_services
from central_hub.provisioning.commands.nodes import enrol, make_token, retire_node
from central_hub.provisioning.commands.pairing import (
    SLIPS_MAX,
    ask_standing,
    begin_pairing,
    refuse_pairing,
    type_code,
)

__all__ = [
    "NUMBERS_SKIPPED",
    "SLIPS_MAX",
    "ask_standing",
    "begin_anew",
    "begin_city",
    "begin_pairing",
    "enrol",
    "make_token",
    "refuse_pairing",
    "retire_node",
    "seed_services",
    "type_code",
]
