"""The browser's assets are ours to serve: no restricted font, nothing from outside, a clear word when one is gone."""

import json
import re
from pathlib import Path

import pytest

from sync.web import assets
from sync.web.pages import icon


def test_missing_assets_are_named_with_the_command_that_makes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "VENDOR", tmp_path)

    with pytest.raises(assets.AssetsMissing, match=r"python -m sync\.web\.assets"):
        assets.require_built()


def test_built_assets_are_not_built_again() -> None:
    assets.build()

    assert assets.build() is False


def test_the_stylesheet_asks_for_no_restricted_font_and_nothing_from_outside() -> None:
    css = (assets.VENDOR / "vikno.css").read_text(encoding="utf-8")

    assert "GDS Transport" not in css
    assert not re.search(r"url\(\"?https?:", css)
    for font in re.findall(r'url\("?(fonts/[^")]+)', css):
        assert (assets.VENDOR / font).is_file()


def test_the_lock_names_no_host_of_a_registry() -> None:
    packages = json.loads((assets.WEB / "package-lock.json").read_text())["packages"]

    assert packages
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert all("integrity" in package for name, package in packages.items() if name)


def test_every_licence_comes_along() -> None:
    licences = {path.stem for path in (assets.VENDOR / "licences").iterdir()}

    assert licences == {"htmx", "govuk-frontend", "uplot", "lucide", "noto-sans", "simple-keyboard"}


def test_an_icon_is_drawn_in_the_page_and_hidden_from_screen_readers() -> None:
    drawn = icon("ticket")

    assert drawn.startswith('<svg class="icon"')
    assert 'aria-hidden="true"' in drawn
    with pytest.raises(KeyError):
        icon("no-such-icon")
