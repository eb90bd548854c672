"""Templates: the GOV.UK macros, the slices' own, and what every template may call."""

import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec
from babel.support import LazyProxy
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader
from litestar import Request
from litestar.plugins.jinja import JinjaTemplateEngine
from markupsafe import Markup, escape

from sync.web import forms, i18n
from sync.web.access import who
from sync.web.assets import VENDOR, WEB
from sync.web.formats import FILTERS

STATIC = WEB / "static"


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What the header says of the line to the city: synchronized since ``at``, changes waiting, or cut since ``at``.

    ``frozen``: the node may not speak until a technician enrols it anew. ``quarantined`` changes do not count there.
    """

    line: Literal["synchronized", "waiting", "cut", "frozen"]
    at: datetime
    waiting: int = 0
    oldest_minutes: int = 0
    quarantined: int = 0


class PageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What an app's templates know: whose pages they are, and where the line to the city stands (None: not said)."""

    site_name: str | LazyProxy
    packages: tuple[Path, ...]
    home: str = "/"
    truth: Callable[[], Truth | None] = lambda: None


def template_engine(settings: PageSettings) -> JinjaTemplateEngine:
    """The engine with the slices' ``templates`` folders, the shared ones, the macros, the filters and the languages."""
    folders = [WEB / "templates"]
    for package in settings.packages:
        folders += sorted(package.glob("**/templates"))
    loader = ChoiceLoader(
        [
            FileSystemLoader(folders),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.add_extension("jinja2.ext.i18n")
    environment.add_extension("jinja2.ext.do")
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the i18n extension adds it
        i18n.gettext, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext, npgettext=i18n.npgettext
    )
    environment.filters |= FILTERS
    environment.globals |= _globals(settings)
    return JinjaTemplateEngine.from_environment(environment)


def _globals(settings: PageSettings) -> dict[str, Any]:
    prefix = static_prefix()
    return {
        "site_name": settings.site_name,
        "home": settings.home,
        "truth": settings.truth,
        "icon": icon,
        "static": lambda path: f"{prefix}/{path}",
        "language": i18n.current_language,
        "languages": i18n.LANGUAGES,
        "keyed": i18n.keyed,
        "entered": forms.entered,
        "entered_all": forms.entered_all,
        "error_for": forms.error_for,
        "refused_form": forms.refused_form,
        "who": who,
        "in_language": in_language,
    }


def in_language(request: Request[Any, Any, Any], language: str) -> str:
    """The address of this very page in another language."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return f"{request.url.path}?{urlencode([*kept, ('lang', language)])}"


@functools.cache
def static_prefix() -> str:
    """The address under which this very set of static files may be kept for ever: ``/static/<digest>``."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            digest.update(str(path.relative_to(STATIC)).encode() + path.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"


@functools.cache
def _icon_nodes() -> Mapping[str, list[tuple[str, dict[str, str]]]]:
    nodes: dict[str, list[tuple[str, dict[str, str]]]] = json.loads((VENDOR / "icons.json").read_text())
    return nodes


@functools.cache
def icon(name: str, size: int = 24) -> Markup:
    """The lucide icon ``name`` as inline SVG, hidden from screen readers: a word stands beside it. Raises KeyError."""
    shapes = "".join(f"<{tag} {_attributes(attributes)}/>" for tag, attributes in _icon_nodes()[name])
    frame = f'class="icon" width="{size}" height="{size}" viewBox="0 0 24 24" aria-hidden="true" focusable="false"'
    stroke = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    return Markup(f"<svg {frame} {stroke}>{shapes}</svg>")  # noqa: S704 - shapes out of the installed set, escaped


def _attributes(attributes: Mapping[str, str]) -> str:
    return " ".join(f'{key}="{escape(value)}"' for key, value in attributes.items())


def fragment(request: Request[Any, Any, Any], template_name: str, context: Mapping[str, Any]) -> str:
    """A piece of a page as HTML, for a live stream, in the current language."""
    engine = request.app.template_engine
    if not isinstance(engine, JinjaTemplateEngine):
        raise TypeError("the app has no template engine of sync.web")
    return engine.get_template(template_name).render({"request": request, **context})


def folders_of(packages: Iterable[str]) -> tuple[Path, ...]:
    """The folders of import packages by name: ``folders_of(["edge_node"])``."""
    found = []
    for package in packages:
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError(package)
        found.append(Path(spec.submodule_search_locations[0]))
    return tuple(found)
