"""``central-hub``: what the city's technician types."""

import rich_click as click

from central_hub.cli.backups import backup_group
from central_hub.cli.gateways import simulate_gateway
from central_hub.cli.making import demo, init
from central_hub.cli.nodes import node_group, token
from central_hub.cli.pairings import pair, pairings, refuse
from central_hub.cli.people import office_group, staff_group
from central_hub.cli.support import support_bundle
from central_hub.cli.upkeep import compact, doctor, erase, migrate, run


@click.group()
@click.version_option(package_name="vikno")
def main() -> None:
    """The hub of the city: what the offices tell, the city's dashboard, the public page."""


for command in (
    init,
    run,
    demo,
    simulate_gateway,
    token,
    pairings,
    pair,
    refuse,
    office_group,
    staff_group,
    node_group,
    compact,
    doctor,
    migrate,
    erase,
    backup_group,
    support_bundle,
):
    main.add_command(command)
