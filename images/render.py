"""For one profile: what the collection keeps as templates, and the packages of its roles: render.py PROFILE FOLDER."""  # noqa: INP001 - a program

import sys
from pathlib import Path

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

ANSIBLE = Path(__file__).parents[1] / "ansible"
ROLES = ANSIBLE / "collections/ansible_collections/vikno/office/roles"
UNITS = "usr/lib/systemd/system"
# a read-only root is updated whole, never by packages
LEFT_OUT = {"unattended-upgrades"}
PARAGRAPHS = {
    "edge": ("base", "program", "edge_node", "devices", "printing", "monitoring"),
    "hub": ("base", "program", "edge_node", "monitoring"),
    "kiosk": ("base", "program", "kiosk"),
}
# role's template, its place in the image
FIREWALL = ("base/templates/nftables.conf.j2", "etc/nftables.conf")
TEMPLATES = {
    "edge": (FIREWALL, ("edge_node/templates/edge-node.socket.j2", f"{UNITS}/edge-node.socket")),
    "hub": (FIREWALL, ("central_hub/templates/central-hub.socket.j2", f"{UNITS}/central-hub.socket")),
    "kiosk": (FIREWALL, ("kiosk/templates/vikno-kiosk.service.j2", f"{UNITS}/vikno-kiosk.service")),
}
# what an inventory would say
PORTS = {"edge": [8080], "hub": [8700, 8743], "kiosk": [22]}


def packages(profile: str) -> list[str]:
    """Names from the bundle's list, the paragraphs of this profile's roles."""
    found: set[str] = set()
    for paragraph in (ANSIBLE / "bundle/packages").read_text().split("\n\n"):
        title, _, names = paragraph.partition("\n")
        roles = {role.strip() for role in title.removeprefix("# ").partition(":")[0].split(",")}
        if roles & set(PARAGRAPHS[profile]):
            found |= set(names.split())
    return sorted(found - LEFT_OUT)


def values(profile: str) -> dict[str, object]:
    """The roles' own defaults, and what only the image knows."""
    known: dict[str, object] = {"ansible_managed": "made by images/build from the collection's template"}
    for defaults in sorted(ROLES.glob("*/defaults/main.yml")):
        known |= yaml.safe_load(defaults.read_text()) or {}
    # the page's address is in the settings of each machine
    return known | {"base_ports": PORTS[profile], "kiosk_url": "${VIKNO_PAGE}"}


def render(profile: str, folder: Path) -> None:
    """Fills ``folder/tree`` and ``folder/packages``."""
    templates = Environment(  # noqa: S701 - units, not pages
        loader=FileSystemLoader(ROLES), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    known = values(profile)
    for template, place in TEMPLATES[profile]:
        target = folder / "tree" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(templates.get_template(template).render(known))
    (folder / "packages").write_text(",".join(packages(profile)))


if __name__ == "__main__":
    render(sys.argv[1], Path(sys.argv[2]))
