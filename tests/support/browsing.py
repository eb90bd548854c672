"""Chromium at the demonstration's pages: one context per person and language, signed in once."""

from playwright.sync_api import Browser, BrowserContext, Page

from sync.web.i18n import Language
from tests.support.demo_city import DemoCity
from tests.support.pages import PageOf

LOCALES: dict[Language, str] = {"uk": "uk-UA", "en": "en-GB"}
PATIENCE_MS = 30_000  # the machine may be busy with other people's work


class Browsing:
    """Opens pages of the city as anybody or as a member of staff."""

    def __init__(self, browser: Browser, city: DemoCity) -> None:
        self.city = city
        self._browser = browser
        self._contexts: dict[tuple[str, str | None, Language], BrowserContext] = {}

    def fresh(self, language: Language = "uk", *, size: tuple[int, int] = (1366, 768)) -> BrowserContext:
        """A browser that nobody has used."""
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce",
            accept_downloads=False,
            locale=LOCALES[language],
        )
        context.set_default_timeout(PATIENCE_MS)
        if language != "uk":
            for place in ("hub", "SHV", "KYV", "RCP"):
                context.add_cookies([{"name": "language", "value": language, "url": self.city.url(place)}])
        return context

    def as_person(self, place: str, login: str | None, language: Language = "uk") -> BrowserContext:
        """The browser of somebody at ``place``: the same one at every call."""
        key = (place, login, language)
        if key not in self._contexts:
            context = self.fresh(language)
            if login is not None:
                answer = context.request.post(
                    f"{self.city.url(place)}/api/session", data={"login": login, "password": self.city.password}
                )
                assert answer.ok, f"{login}: {answer.status} {answer.text()}"
            self._contexts[key] = context
        return self._contexts[key]

    def page_of(self, each: PageOf, language: Language) -> Page:
        """An empty page of the right person and size."""
        page = self.as_person(each.place, each.login, language).new_page()
        page.set_viewport_size({"width": each.size[0], "height": each.size[1]})
        return page

    def address(self, each: PageOf, facts: dict[str, str]) -> str:
        """Where the page stands."""
        return self.city.url(each.place) + each.path.format(**facts)

    def close(self) -> None:
        """Close every browser's window."""
        for context in self._contexts.values():
            context.close()
