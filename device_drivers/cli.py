"""The command ``edge-devices``."""

import asyncio
import sys
from pathlib import Path

import msgspec
import rich_click as click
import tomlkit

from device_drivers.client import DevicesClient
from device_drivers.discovery import CUPS_SERVER, discover
from device_drivers.errors import DeviceError, NeedsAttention, OutcomeUnknown
from device_drivers.registry import SOCKET_BYTES_MAX, DevicesFile, WrongSettings, driver_name, read_settings
from device_drivers.service import AlreadyRunning, log_to_stderr, serve, stop_signal
from device_drivers.simulators import CONTROL_SOCKET, SimulatedOffice

EXIT_WRONG_SETTINGS, EXIT_UNAVAILABLE, EXIT_NEEDS_ATTENTION, EXIT_UNKNOWN = 2, 3, 4, 5
_settings_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file devices.toml; device_drivers/README.md describes it.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Printers, scanners, payment terminals and loudspeakers of one office, behind a unix socket."""


@main.command()
@_settings_option
def run(config_path: Path) -> None:
    """Serve the devices of a devices.toml until SIGTERM or Ctrl-C."""
    file = _read(config_path)
    log_to_stderr()
    asyncio.run(_run(file, path=config_path))


@main.command()
@_settings_option
def check(config_path: Path) -> None:
    """Check a devices.toml and list its devices; nothing is opened. Exit code 2 when it is wrong."""
    file = _read(config_path)
    for name, settings in sorted(file.devices.items()):
        click.echo(f"{name}: {driver_name(settings)}")


@main.command()
@click.option(
    "--spool",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for everything the simulated devices make, for devices.toml and for the sockets.",
)
@click.option("--think-seconds", default=1.5, show_default=True, help="How long a card takes at the payment terminal.")
@click.option("--telium", is_flag=True, help="Plug in a second payment terminal, of the Telium family.")
@click.option("--only-simulators", is_flag=True, help="Do not serve the drivers: start `edge-devices run` yourself.")
def simulate(
    spool: Path,
    think_seconds: float,
    telium: bool,  # noqa: FBT001 - click gives a flag
    only_simulators: bool,  # noqa: FBT001 - click gives a flag
) -> None:
    """Start a simulated office: one device of each family, and the real drivers talking to them.

    Writes SPOOL/devices.toml; drivers answer on SPOOL/devices.sock, faults are set on SPOOL/simulators.sock.
    """
    control_bytes = len(str(spool.resolve() / CONTROL_SOCKET).encode())
    if control_bytes > SOCKET_BYTES_MAX:
        raise click.UsageError(f"--spool: its sockets would be {control_bytes} bytes long, at most {SOCKET_BYTES_MAX}")
    log_to_stderr()
    asyncio.run(_simulate(spool, think_seconds=think_seconds, has_telium=telium, is_serving=not only_simulators))


@main.command()
@click.option("--cups-server", default=CUPS_SERVER, show_default=True, help="The print system to ask.")
def find(cups_server: str) -> None:
    """Look for devices on this machine and in its network, and print what devices.toml would say of each."""
    discovered = asyncio.run(discover(cups_server=cups_server))
    for each in discovered.found:
        click.echo(f"# {each.label}")
        click.echo("[devices.NAME]")
        click.echo(f"driver = {_toml(each.drivers[0])}" + "".join(f"  # or {other}" for other in each.drivers[1:]))
        for key, setting in each.keys.items():
            click.echo(f"{key} = {_toml(setting)}")
        click.echo()
    click.echo(f"# {len(discovered.found)} found")


def _toml(text: str) -> str:
    return tomlkit.string(text).as_string()


@main.command()
@click.option("--socket", "socket_path", required=True, type=click.Path(path_type=Path), help="The process's socket.")
@click.argument("device", required=False)
@click.argument("method", required=False)
@click.argument("arguments", default="{}")
def call(socket_path: Path, device: str | None, method: str | None, arguments: str) -> None:
    """Call one METHOD of a DEVICE with ARGUMENTS as JSON and print the result; without DEVICE list all devices.

    For the bench and for technicians. Exit codes: 3 unavailable, 4 needs attention, 5 outcome unknown.
    """
    try:
        result = asyncio.run(_call(socket_path, device, method, arguments))
    except OutcomeUnknown as error:
        click.echo(f"outcome unknown: {error}", err=True)
        sys.exit(EXIT_UNKNOWN)
    except NeedsAttention as error:
        click.echo(f"needs attention: {error}", err=True)
        sys.exit(EXIT_NEEDS_ATTENTION)
    except DeviceError as error:
        click.echo(f"unavailable: {error}", err=True)
        sys.exit(EXIT_UNAVAILABLE)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    click.echo(msgspec.json.format(msgspec.json.encode(result)).decode())


async def _run(file: DevicesFile, *, path: Path) -> None:
    try:
        await serve(file, until=await stop_signal(), path=path)
    except AlreadyRunning as error:
        raise click.ClickException(str(error)) from error


async def _simulate(spool: Path, *, think_seconds: float, has_telium: bool, is_serving: bool) -> None:
    until = await stop_signal()
    office = SimulatedOffice(spool, think_seconds=think_seconds)
    try:
        if has_telium:
            office.add_telium()
        settings_path = office.write_settings()
        file = read_settings(settings_path)
        await office.listen()
        click.echo(f"devices.toml: {settings_path}")
        click.echo(f"faults:       {office.spool / CONTROL_SOCKET}")
        if is_serving:
            await serve(file, until=until, path=settings_path)
        else:
            await until.wait()
    except (AlreadyRunning, WrongSettings) as error:
        raise click.ClickException(str(error)) from error
    finally:
        await office.close()


async def _call(socket_path: Path, device: str | None, method: str | None, arguments: str) -> object:
    client = DevicesClient(socket_path)
    if device is None:
        return await client.devices()
    if method is None:
        raise ValueError("which method of the device?")
    return await client.call(device, method, **msgspec.json.decode(arguments, type=dict[str, object]))


def _read(config_path: Path) -> DevicesFile:
    try:
        return read_settings(config_path)
    except WrongSettings as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_WRONG_SETTINGS)
