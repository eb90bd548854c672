"""``simulate-gateway``: somewhere for messages to go while there is no contract with a provider."""

import asyncio

import rich_click as click

from central_hub.message_gateways.simulator import Provider, simulator_server
from sync.ambient import SystemClock, SystemIds
from sync.cli.speaking import console


@click.command("simulate-gateway")
@click.option("--port", default=8790, show_default=True, help="Where it is served, on this machine only.")
def simulate_gateway(port: int) -> None:
    """Take messages as TurboSMS does, show them on a page, and fail as it may: for messages.gateway_url."""
    console.print(f"http://127.0.0.1:{port}/")
    asyncio.run(_serve(port))


async def _serve(port: int) -> None:
    await simulator_server(Provider(clock=SystemClock(), ids=SystemIds()), port=port).serve()
