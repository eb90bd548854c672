"""Prints what pip needs to install the wheels of a folder and no others: name, version, hash."""

import hashlib
import sys
from pathlib import Path

for wheel in sorted(Path(sys.argv[1]).glob("*.whl")):
    name, version = wheel.name.split("-")[:2]
    extras = "[edge,hub]" if name == "vikno" else ""
    print(f"{name.replace('_', '-')}{extras}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")
