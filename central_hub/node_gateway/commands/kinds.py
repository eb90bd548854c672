"""Which documents nodes write, and by which rules; every other kind is the hub's own."""

from central_hub.node_gateway.commands.judgement import KindRules
from central_hub.node_gateway.commands.judging_appointments import APPOINTMENTS
from central_hub.node_gateway.commands.judging_cases import CASES
from central_hub.node_gateway.commands.judging_rules import APPOINTMENT_RULES

WRITABLE: dict[str, KindRules] = {
    "case": CASES,
    "appointment_day": APPOINTMENTS,
    "appointment_rules": APPOINTMENT_RULES,
}
