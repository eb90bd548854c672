"""The collection is as Ansible's own linter wants it in production, and asks for nothing but what Ansible brings."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ANSIBLE = Path(__file__).parents[2] / "ansible"
ROLES = ANSIBLE / "collections/ansible_collections/vikno/office/roles"
MODULE = re.compile(r"^\s+(?:- )?([a-z_]+\.[a-z_]+\.[a-z_]+):", re.MULTILINE)


@pytest.mark.timeout(600)  # half a minute of a free core
def test_the_linter_finds_nothing() -> None:
    binaries = Path(sys.executable).parent
    command = [str(binaries / "ansible-lint"), "--offline", "--nocolor", "--profile", "production"]
    environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"}
    told = subprocess.run(command, cwd=ANSIBLE, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


def test_every_role_says_what_it_may_be_told() -> None:
    assert [role.name for role in ROLES.iterdir() if not (role / "meta/argument_specs.yml").exists()] == []


def test_only_what_ansible_brings_is_used() -> None:
    files = [*ROLES.rglob("tasks/*.yml"), *ROLES.rglob("handlers/*.yml"), *(ANSIBLE / "playbooks").glob("*.yml")]
    used = {module for file in files for module in MODULE.findall(file.read_text("utf-8"))}
    assert used
    assert {module for module in used if not module.startswith("ansible.builtin.")} == set()
