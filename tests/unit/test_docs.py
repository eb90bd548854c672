"""Every text is in both languages, every refusal has its sentence, every setting is documented."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import msgspec
import pytest
from babel.messages.extract import extract_from_file

import central_hub
import edge_node
import sync
from central_hub.settings import HubSettings
from edge_node.settings import NodeSettings
from sync.vocabulary.errors import Refusal
from sync.web.i18n import Texts

ROOT = Path(__file__).parents[2]
TEXTS = {name: Texts.load([ROOT / name]) for name in ("edge_node", "central_hub")}
TEMPLATE_OPTIONS = {"trimmed": "true", "newstyle_gettext": "true"}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}


def refusals(package: object) -> Iterator[type[Refusal]]:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting = [Refusal]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind is not Refusal and kind.__module__.split(".")[0] in {package.__name__, "sync"}:
            yield kind


def messages(folder: Path) -> Iterator[tuple[Path, str, str | None]]:
    """Each text a person reads, with its context."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".html" and "node_modules" not in path.parts:
            found = extract_from_file("jinja2.ext:babel_extract", path, KEYWORDS, (), TEMPLATE_OPTIONS)
        elif path.suffix == ".py":
            found = extract_from_file("python", path, KEYWORDS)
        else:
            continue
        for _line, text, _comments, context in found:
            yield path, text if isinstance(text, str) else text[0], context


def is_translated(texts: Texts, text: str, context: str | None) -> bool:
    catalogue = texts.translations("uk")._catalog
    key = text if context is None else (context, text)
    return key in catalogue or (key, 0) in catalogue or f"{context}\x04{text}" in catalogue


@pytest.mark.parametrize("package", [edge_node, central_hub], ids=lambda package: package.__name__)
def test_every_refusal_has_its_sentence_in_both_languages(package):
    texts = TEXTS[package.__name__]
    silent = [
        f"{language} refusal:{kind.code}"
        for kind in refusals(package)
        for language in ("uk", "en")
        if texts.keyed(f"refusal:{kind.code}", language) is None
    ]
    assert sorted(set(silent)) == []


@pytest.mark.parametrize("app", ["edge_node", "central_hub"])
def test_every_text_of_an_app_is_in_its_ukrainian_catalogue(app: str):
    folders = (ROOT / app, Path(str(sync.__path__[0])) / "web")
    missing = {
        f"{path.relative_to(ROOT)}: {text!r}"
        for folder in folders
        for path, text, context in messages(folder)
        if not is_translated(TEXTS[app], text, context)
    }
    assert sorted(missing) == []


@pytest.mark.parametrize("app", ["edge_node", "central_hub"])
def test_no_two_slices_translate_one_text_differently(app: str):
    assert TEXTS[app].conflicts == ()


def setting_names(struct: type[msgspec.Struct], prefix: str = "") -> Iterator[str]:
    for name, annotation in get_type_hints(struct).items():
        kinds = getattr(annotation, "__args__", (annotation,))
        nested = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, msgspec.Struct)), None)
        if nested is not None:
            yield from setting_names(nested, f"{prefix}{name}.")
        elif name != "folder":
            yield f"{prefix}{name}"


@pytest.mark.parametrize(
    ("settings", "page"), [(NodeSettings, "edge_node/README.md"), (HubSettings, "central_hub/README.md")]
)
def test_every_setting_is_documented(settings: type[msgspec.Struct], page: str):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [name for name in setting_names(settings) if f"`{name}`" not in text] == []
