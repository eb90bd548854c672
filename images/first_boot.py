"""Makes a machine of an image what its one TOML says: a node, the hub, or a screen. README.md has every key.

``settings`` runs at every start: the first time it looks for the file, and keeps it in /var. ``enrol`` makes the
node known to the hub, and is tried again until there is a line.
"""  # noqa: INP001 - a program of the image, no package

import ipaddress
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

FILE = "vikno.toml"
STATE = Path("/var/lib/vikno")
KEPT = STATE / FILE
ENROL = STATE / "enrol.json"
PROGRAM = Path("/opt/vikno/current/bin")
RUN_AS = Path("/usr/sbin/runuser")
NODE = Path("/var/lib/edge-node")
HUB = Path("/var/lib/central-hub")
DEVICES = Path("/var/lib/edge-devices/devices.toml")
STICK = Path("/run/vikno/stick")
PAGE = Path("/run/vikno/page.env")
SOCKET_LINE = 'socket = "/run/edge-devices/devices.sock"\n'
EVERYWHERE = "0.0.0.0"  # noqa: S104 - the screens of the hall, the city; the firewall says who
OFFICE = re.compile(r"[A-Z]{3}")
HOST = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

Table = dict[str, object]


class WrongSettingsError(Exception):
    """The file says something that no machine can be; its text is for the technician."""


def say(what: str) -> None:
    """A line for the console and the journal."""
    sys.stdout.write(f"first-boot: {what}\n")
    sys.stdout.flush()


def places() -> Iterator[Path]:
    """Where the file may lie, the nearest to the technician's hand first."""
    if credentials := os.environ.get("CREDENTIALS_DIRECTORY"):
        yield Path(credentials) / FILE
    yield from (STICK / FILE, Path("/efi") / FILE, Path("/boot") / FILE)


def run(*command: str | Path, account: str = "root", told: str | None = None) -> None:
    """``told`` on its standard input; CalledProcessError, after the command has said on the console what is wrong."""
    line = [str(RUN_AS), "-u", account, "--", *map(str, command)]
    subprocess.run(line, check=True, input=told, text=True)  # noqa: S603 - fixed programs


def table(settings: Table, name: str) -> Table:
    """The table of this name, empty where there is none."""
    found = settings.get(name, {})
    if not isinstance(found, dict):
        raise WrongSettingsError(f"[{name}] has to be a table")
    return found


def text(settings: Table, key: str, *, default: str = "") -> str:
    """The text under ``key``; WrongSettingsError for anything else, or for a line break."""
    found = settings.get(key, default)
    if not isinstance(found, str) or not found.isprintable():
        raise WrongSettingsError(f"{key} has to be a text of one line")
    return found


def keep() -> Table | None:
    """The settings of this machine; None while nobody has brought any."""
    if KEPT.exists():
        return tomllib.loads(KEPT.read_text())
    for place in places():
        if place.exists():
            settings = tomllib.loads(place.read_text())
            say(f"settings from {place}")
            STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
            note_enrolment(settings)
            write(KEPT, place.read_text() if not table(settings, "hub") else without_token(place.read_text()))
            return settings
    return None


def note_enrolment(settings: Table) -> None:
    """Keeps the hub's address and the token until they have been used."""
    hub = table(settings, "hub")
    if token := text(hub, "token"):
        write(ENROL, json.dumps({"hub": text(hub, "address"), "token": token}))


def without_token(source: str) -> str:
    """The file without what may be used once only."""
    return re.sub(r"(?m)^\s*token\s*=.*\n?", "", source)


def write(target: Path, content: str, *, mode: int = 0o600) -> None:
    """Whole or not at all: the power may go at any time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    with part.open("w") as file:
        part.chmod(mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(target)


def apply_network(network: Table) -> None:
    """A fixed address where the file names one; DHCP else. The root is read only, so at every start anew."""
    if address := text(network, "address"):
        gateway, servers = text(network, "gateway"), text(network, "dns")
        try:
            ipaddress.ip_interface(address)
            for each in (gateway, *servers.split()):
                ipaddress.ip_address(each)
        except ValueError as error:
            raise WrongSettingsError(f"[network]: {error}") from error
        lines = ["[Match]", "Type=ether", "[Network]", f"Address={address}", f"Gateway={gateway}", "MulticastDNS=yes"]
        lines += [f"DNS={each}" for each in servers.split()]
        write(Path("/run/systemd/network/20-vikno.network"), "\n".join(lines) + "\n", mode=0o644)
        run("networkctl", "reload")
    if servers := text(network, "time"):
        sources = "".join(f"server {each} iburst\n" for each in servers.split())
        write(Path("/run/chrony-dhcp/vikno.sources"), sources, mode=0o644)
        run("chronyc", "reload", "sources")


def page_environment(page: str) -> str:
    """What the screen's unit is told; a page of the office's own network counts as safe without TLS."""
    lines = [f"VIKNO_PAGE={page}"]
    if page.startswith("http://"):
        origin = "/".join(page.split("/")[:3])
        lines.append(f"VIKNO_TRUST=--unsafely-treat-insecure-origin-as-secure={origin}")
    return "".join(f"{line}\n" for line in lines)


def make_node(settings: Table) -> None:
    """The office's node, once; what it has is never touched again."""
    office, desks = text(settings, "office"), settings.get("desks", 6)
    if not OFFICE.fullmatch(office) or not isinstance(desks, int):
        raise WrongSettingsError("office has to be three Latin capitals, desks a number")
    run("systemd-tmpfiles", "--create", "vikno-node.conf")
    main = NODE / "edge-node.toml"
    if not main.exists():
        node = ("init", "--office", office, "--desks", str(desks), "--host", EVERYWHERE)
        run(PROGRAM / "edge-node", *node, account="edge-node")
    if "[devices]" not in main.read_text():
        with main.open("a") as file:
            file.write(f"\n[devices]\n{SOCKET_LINE}")
    if not DEVICES.exists():
        run("install", "-d", "-o", "edge-devices", "-g", "edge-node", "-m", "750", DEVICES.parent)
        write(DEVICES, SOCKET_LINE, mode=0o640)
        run("chown", "edge-devices:edge-node", DEVICES)
    run("systemctl", "start", "--no-block", "edge-node.socket", "edge-devices.service", "edge-node.service")


def make_hub(settings: Table) -> None:
    """The city's hub, once."""
    run("systemd-tmpfiles", "--create", "vikno-hub.conf")
    if not (HUB / "central-hub.toml").exists():
        names = [f"--name={each}" for each in text(settings, "names").split()]
        run(PROGRAM / "central-hub", "init", "--host", EVERYWHERE, *names, account="central-hub")
    run("systemctl", "start", "--no-block", "central-hub.socket", "central-hub.service")


def apply_settings() -> None:
    """Everything the file says, in the order in which a later step needs an earlier one."""
    settings = keep()
    if settings is None:
        say(f"no {FILE} yet: put it on a stick called VIKNO or on the ESP, and start again")
        return
    if host := text(settings, "host"):
        if not HOST.fullmatch(host):
            raise WrongSettingsError("host has to be small Latin letters, digits and hyphens")
        run("hostnamectl", "--transient", "set-hostname", host)
    apply_network(table(settings, "network"))
    if sources := text(table(settings, "updates"), "from"):
        write(Path("/run/vikno/updates"), sources, mode=0o644)
    if page := text(settings, "page"):
        write(PAGE, page_environment(page), mode=0o644)
    elif settings.get("is_hub") is True:
        make_hub(settings)
    else:
        make_node(settings)


def enrol() -> None:
    """Makes the node known to the hub; CalledProcessError where there is no line, or the hub refuses and says why.

    The token goes in a file that the node alone reads, and that never stays: every user sees a command line.
    """
    known = json.loads(ENROL.read_text())
    handed = NODE / "enrol.toml"
    told = "".join(f"{key} = {json.dumps(known[key])}\n" for key in ("hub", "token"))
    try:
        run("sh", "-c", 'umask 077; exec cat > "$0"', handed, account="edge-node", told=told)
        run(PROGRAM / "edge-node", "enrol", f"--token-file={handed}", account="edge-node")
    finally:
        handed.unlink(missing_ok=True)
    ENROL.unlink()
    run("systemctl", "restart", "edge-node.service")
    say("enrolled")


if __name__ == "__main__":
    try:
        {"settings": apply_settings, "enrol": enrol}[sys.argv[1]]()
    except (WrongSettingsError, tomllib.TOMLDecodeError) as error:
        sys.exit(f"first-boot: {FILE}: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"first-boot: {error.cmd[4]} failed ({error.returncode})")
