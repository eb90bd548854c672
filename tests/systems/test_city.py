"""From bare systems to a serving city, an upgrade, a cut line, a killed node: one story, told in this order."""

import json
import os
import time
from functools import partial
from pathlib import Path

import httpx
import testinfra

from tests.systems.answers import wait_for
from tests.systems.bundles import version_here
from tests.systems.conftest import OFFICES
from tests.systems.lab import Lab
from tests.systems.playing import play
from tests.systems.visiting import Visitors, look, ticket

ASK_SECONDS_MAX = 60.0
CUTS = int(os.environ.get("CUTS", "3"))
TICKETS_BEFORE_A_CUT = 10
TAKE_A_TICKET_HERE = """python3 -c '
import json, urllib.request
wish = json.dumps({"sphere": "residence", "purpose": "file"}).encode()
asked = urllib.request.Request("http://127.0.0.1:8080/api/tickets", wish, {"content-type": "application/json"})
print(json.load(urllib.request.urlopen(asked, timeout=60))["number"])
'"""
ONE_BY_REGISTRIES = (
    "--extra-vars",
    json.dumps({"supplies_from": "{{ 'bundle' if inventory_hostname == 'city' else 'registries' }}"}),
)
CANARY_THEN_ALL = ("--extra-vars", '{"upgrade_batches": [1, "100%"]}')
SERVES_AGAIN_SECONDS_MAX = 10.0
ASK_FIGURES = (
    "python3 -c 'import urllib.request as u; print(u.urlopen(\"http://127.0.0.1:9100/metrics\").read().decode())'"
)
TICKETS_KEPT = """python3 -c '
import sqlite3
node = sqlite3.connect("file:/var/lib/edge-node/node.db?mode=ro", uri=True)
print(*[number for number, in node.execute("select number from tickets")])
'"""


def is_ready(address: str) -> bool:
    try:
        answer = httpx.get(f"http://{address}:8080/health/ready", timeout=ASK_SECONDS_MAX, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.is_success


def is_online(city: Lab, office: str) -> bool:
    """Whether the office and the hub hear each other, as the office knows."""
    said = city.machines[office].inside("runuser -u edge-node -- edge-node sync status --json || true").stdout
    return bool(json.loads(said)["is_online"])


def release(city: Lab, name: str) -> str:
    return city.machines[name].ssh("cat /opt/vikno/current/complete").stdout.strip()


def test_bare_systems_have_no_way_out(city: Lab) -> None:
    for machine in city.machines.values():
        assert "default" not in machine.ssh("ip route").stdout


def test_check_mode_works_on_bare_systems(city: Lab, bundles: dict[str, Path]) -> None:
    begun_at = time.monotonic()
    told = play(
        city, "site.yml", bundle=bundles["first"], more=("--check", "--limit", "city,saltivskyi", *ONE_BY_REGISTRIES)
    )
    city.timed("check mode", begun_at)
    assert told.is_done, told.said[-4000:]


def test_one_command_makes_them_a_city_that_serves(city: Lab, bundles: dict[str, Path]) -> None:
    begun_at = time.monotonic()
    told = play(city, "site.yml", bundle=bundles["first"])
    assert told.is_done, told.said[-4000:]
    numbers = {office: ticket(address) for office, address in OFFICES.items()}
    city.timed("bare systems → a hub and three serving offices", begun_at)
    assert all(numbers.values())


def test_a_second_run_changes_nothing(city: Lab, bundles: dict[str, Path]) -> None:
    begun_at = time.monotonic()
    told = play(city, "site.yml", bundle=bundles["first"])
    city.timed("a second run", begun_at)
    assert told.is_done, told.said[-4000:]
    assert told.changed == {}


def test_each_system_is_as_its_roles_say(city: Lab) -> None:
    for name, machine in city.machines.items():
        host = testinfra.get_host(
            f"ssh://root@{machine.address}",
            ssh_identity_file=str(city.folder / "key"),
            ssh_extra_args="-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
        )
        units = ["central-hub"] if name == "city" else ["edge-node", "edge-devices"]
        for unit in units:
            assert host.service(unit).is_running, f"{name}: {unit}"
            assert host.service(unit).is_enabled, f"{name}: {unit}"
            assert host.user(unit).shell.endswith("nologin")
        assert host.service("nftables").is_running
        assert host.file(f"/var/lib/{units[0]}").mode == 0o750
        assert host.check_output("find /opt/vikno/current/ -name '__init__*.pyc' -path '*edge_node/*'")
        for act in ("backup", "backup-verify", "backup-send"):
            assert host.service(f"{units[0]}-{act}.timer").is_enabled
            done = host.run("systemctl start %s-%s.service", units[0], act).rc == 0
            assert done, f"{name}: {host.check_output('journalctl --no-pager -n 20 -u %s-%s', units[0], act)}"
        assert [name for name in host.check_output("ls /var/backups/vikno").split() if name.endswith(".tar")]


def test_an_offices_figures_stand_among_those_of_its_machine(city: Lab) -> None:
    machine = city.machines["saltivskyi"]
    machine.ssh("systemctl start vikno-figures.service")
    told = machine.ssh(ASK_FIGURES).stdout
    assert "vikno_sync_backlog_operations" in told
    assert 'node_systemd_timer_last_trigger_seconds{name="edge-node-backup.timer"}' in told


def test_the_hubs_figures_stand_among_those_of_its_machine(city: Lab) -> None:
    machine = city.machines["city"]
    machine.ssh("systemctl start vikno-figures.service")
    told = machine.ssh(ASK_FIGURES).stdout
    assert "vikno_hub_database_up 1" in told
    assert 'vikno_hub_office_heard_seconds{office="SHV"}' in told


def test_the_journal_knows_the_office_and_no_person(city: Lab) -> None:
    said = city.machines["saltivskyi"].ssh("journalctl --unit=edge-node OFFICE=SHV --output=cat").stdout
    assert "the line to the hub is up" in said


def test_an_office_without_its_line_serves_and_finds_the_hub_again(city: Lab) -> None:
    machine = city.machines["saltivskyi"]
    wait_for(lambda: is_online(city, "saltivskyi"), seconds=60, what="the office and the hub hear each other")
    machine.cut_line()
    wait_for(lambda: not is_online(city, "saltivskyi"), seconds=180, what="the office knows that its line is cut")
    assert machine.inside(TAKE_A_TICKET_HERE).stdout.strip()
    machine.mend_line()
    seconds = wait_for(lambda: is_online(city, "saltivskyi"), seconds=120, what="they hear each other again")
    city.told("a mended line → they hear each other again", seconds)


def test_a_node_that_stands_still_is_ended_and_serves_again(city: Lab) -> None:
    machine, address = city.machines["kyivskyi"], OFFICES["kyivskyi"]
    machine.ssh("systemctl kill --signal=STOP --kill-whom=main edge-node")

    def ended() -> bool:
        return "Watchdog timeout" in machine.ssh("journalctl --unit=edge-node --output=cat --since=-2min").stdout

    wait_for(ended, seconds=90, what="systemd ends a node that says nothing")
    begun_at = time.monotonic()
    assert ticket(address)
    city.timed("ended by its watchdog → serves again", begun_at)
    assert time.monotonic() - begun_at < SERVES_AGAIN_SECONDS_MAX


def test_an_upgrade_refuses_no_visitor(city: Lab, bundles: dict[str, Path]) -> None:
    begun_at = time.monotonic()
    with Visitors(OFFICES["kyivskyi"], look) as visitors:
        told = play(city, "upgrade.yml", bundle=bundles["next"], more=CANARY_THEN_ALL)
    city.timed("upgrade of the hub and three offices", begun_at)
    city.told("the longest that a visitor waited meanwhile", max(map(float, visitors.given)))
    assert told.is_done, told.said[-4000:]
    assert (bool(visitors.given), visitors.refused) == (True, [])
    assert {release(city, name) for name in city.machines} == {f"{version_here()}.post1"}


def test_a_release_that_does_not_serve_is_taken_back(city: Lab, bundles: dict[str, Path]) -> None:
    begun_at = time.monotonic()
    told = play(city, "upgrade.yml", bundle=bundles["broken"], more=("--limit", "offices", *CANARY_THEN_ALL))
    city.timed("a failed upgrade, taken back", begun_at)
    assert not told.is_done
    assert {release(city, office) for office in OFFICES} == {f"{version_here()}.post1"}
    assert all(is_ready(address) for address in OFFICES.values())
    assert ticket(OFFICES["saltivskyi"])


def test_no_power_cut_takes_back_a_ticket(city: Lab) -> None:
    machine, begun_at = city.machines["regional"], time.monotonic()
    with Visitors(machine.address, ticket, hands=3) as visitors:
        for _ in range(CUTS):
            busy = partial(visitors.have, len(visitors.given) + TICKETS_BEFORE_A_CUT)
            wait_for(busy, seconds=120, what="visitors take tickets")
            machine.cut_power()
            machine.boot()
            wait_for(lambda: is_ready(machine.address), seconds=120, what="the office serves after a power cut")
        assert ticket(machine.address)
    city.timed(f"{CUTS} power cuts under load, {len(visitors.given)} tickets given", begun_at)
    assert len(set(visitors.given)) == len(visitors.given)
    assert set(visitors.given) - set(machine.ssh(TICKETS_KEPT).stdout.split()) == set()
