"""Every page as everybody meets it: whole without the internet, in their language, for all eyes, on any screen.

One file: each page is opened once in a language, and each test here asks about what was seen then.
"""

from collections.abc import Callable

import pytest

from sync.web.i18n import LANGUAGES, Language
from tests.support.looking import Look
from tests.support.pages import PAGES, PageOf

Looking = Callable[[PageOf, Language], Look]
# screens on a wall: nobody zooms them, WCAG 1.4.10 excepts such layouts
FIXED_SCREENS = {"board", "board-standing", "board-empty"}
every_page = pytest.mark.parametrize("each", PAGES, ids=lambda each: each.name)
both_languages = pytest.mark.parametrize("language", LANGUAGES)


@every_page
@both_languages
def test_no_page_asks_another_host_or_complains(each: PageOf, language: Language, look: Looking) -> None:
    """A browser logs a 4xx answer as an error of its console: only that is let pass, on the pages made for it."""
    seen = look(each, language)

    assert seen.outside == []
    assert [text for text in seen.complaints if each.status == 200 or f"{each.status}" not in text] == []
    policy = seen.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@every_page
def test_every_page_answers_as_it_should(each: PageOf, look: Looking) -> None:
    assert look(each, "uk").status == each.status


@every_page
@both_languages
def test_axe_finds_nothing_and_the_page_names_its_language(each: PageOf, language: Language, look: Looking) -> None:
    seen = look(each, language)

    assert seen.violations == []
    assert seen.language == language


@pytest.mark.parametrize("each", [page for page in PAGES if page.name not in FIXED_SCREENS], ids=lambda each: each.name)
def test_a_page_fits_a_screen_of_320_pixels(each: PageOf, look: Looking) -> None:
    assert look(each, "uk").overflow_px == 0
