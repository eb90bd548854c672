"""Ansible over the lab, and what it says it did."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.systems.lab import ROOT, SSH_OPTIONS, Lab

TASK = re.compile(r"(?:TASK|RUNNING HANDLER) \[(?:.* : )?(.+?)\]")
OUTCOME = re.compile(r"(changed|failed|fatal): \[([\w-]+)")
ANSIBLE = ROOT / "ansible"


class Play:
    """The end of one run of a playbook: what it printed, and by machine what it changed and where it failed."""

    def __init__(self, said: str, *, status: int) -> None:
        self.said, self.status = said, status
        self.changed: dict[str, list[str]] = {}
        self.failed: dict[str, list[str]] = {}
        task = ""
        for line in said.splitlines():
            if begun := TASK.match(line):
                task = begun[1]
            elif outcome := OUTCOME.match(line):
                into = self.changed if outcome[1] == "changed" else self.failed
                into.setdefault(outcome[2], []).append(task)

    @property
    def is_done(self) -> bool:
        return self.status == 0


def play(lab: Lab, playbook: str, *, bundle: Path, more: tuple[str, ...] = ()) -> Play:
    """Run ``playbook`` over the lab's machines with the release of ``bundle``."""
    ssh = " ".join(f"-o {option}" for option in SSH_OPTIONS)
    command = [str(Path(sys.executable).with_name("ansible-playbook")), f"--inventory={ANSIBLE / 'inventories/lab'}"]
    command += [f"--private-key={lab.folder / 'key'}", f"--ssh-common-args={ssh} -o ControlPersist=120"]
    command += [
        "--extra-vars",
        f"supplies_bundle={bundle} lab_key={lab.folder / 'key'}",
        *more,
        str(ANSIBLE / "playbooks" / playbook),
    ]
    settings = {"ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    settings |= {"ANSIBLE_LOG_PATH": str(lab.folder / f"{playbook}.log")}
    settings |= {"ANSIBLE_LOCAL_TEMP": str(lab.folder / "ansible"), "ANSIBLE_SSH_CONTROL_PATH_DIR": str(lab.sockets)}
    done = subprocess.run(
        command, cwd=ANSIBLE, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    return Play(done.stdout, status=done.returncode)
