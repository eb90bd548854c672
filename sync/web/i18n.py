"""Languages: one catalogue per language out of every slice's ``locale/*.po``, and the language of this request.

Msgids are English sentences; keyed texts (``refusal:queue-empty``, ``field:rnokpp``, ``rule:required``) stand in both
languages. Ukrainian is what a page opens in: Law of Ukraine 2704-VIII, article 27, asks it of public bodies.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Literal

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from sync.vocabulary.errors import Fact, Refusal

Language = Literal["uk", "en"]
LANGUAGES: tuple[Language, ...] = ("uk", "en")
DEFAULT_LANGUAGE: Language = "uk"

_WEB_LOCALE = Path(__file__).parent / "locale"
_VOCABULARY_LOCALE = Path(__file__).parents[1] / "vocabulary" / "locale"

_language: ContextVar[Language] = ContextVar("language", default=DEFAULT_LANGUAGE)
_texts: ContextVar["Texts | None"] = ContextVar("texts", default=None)


class Texts:
    """The catalogues of an app, one per language.

    ``conflicts`` names the texts that two slices translate differently; the first one speaks.
    """

    def __init__(self, by_language: Mapping[Language, Translations], conflicts: tuple[str, ...] = ()) -> None:
        self._by_language = by_language
        self.conflicts = conflicts

    @staticmethod
    def load(packages: Iterable[Path]) -> "Texts":
        """Read ``<package>/<slice>/locale/<language>.po`` of every package, with the shared ones; once in a process."""
        return _loaded(tuple(packages))

    def translations(self, language: Language) -> Translations:
        """The gettext translations of one language."""
        return self._by_language[language]

    def keyed(self, key: str, language: Language) -> str | None:
        """The text of a keyed msgid (``refusal:…``), or None when no catalogue has it."""
        text = self._by_language[language].gettext(key)
        return None if text == key else text


@cache
def _loaded(packages: tuple[Path, ...]) -> Texts:
    folders = [_WEB_LOCALE, _VOCABULARY_LOCALE]
    for package in packages:
        folders += sorted(package.glob("**/locale"))
    conflicts: list[str] = []
    return Texts({language: _merged(language, folders, conflicts) for language in LANGUAGES}, tuple(conflicts))


def _merged(language: Language, folders: Iterable[Path], conflicts: list[str]) -> Translations:
    whole = Catalog(locale=language)
    for path in (folder / f"{language}.po" for folder in folders):
        if path.exists():
            conflicts += [f"{path}: {msgid!r}" for msgid in _merge_into(whole, path)]
    packed = io.BytesIO()
    write_mo(packed, whole)
    packed.seek(0)
    return Translations(packed)


def _merge_into(whole: Catalog, path: Path) -> Iterator[str]:
    """Add the texts of one file; yields the msgids that stand there already with another translation."""
    with path.open(encoding="utf-8") as file:
        part = read_po(file, locale=str(whole.locale), abort_invalid=True)
    for message in part:
        if not message.id or not message.string:
            continue
        msgid = message.id if isinstance(message.id, str) else message.id[0]
        known = whole.get(msgid, message.context)
        if known is None:
            whole.add(message.id, message.string, context=message.context)
        elif known.string != message.string:
            yield str(msgid)


def use_texts(texts: Texts) -> None:
    """Make ``texts`` the catalogues of this context (one app's request, one test)."""
    _texts.set(texts)


def texts_now() -> Texts:
    """The catalogues in use; outside a request those of the shared packages."""
    texts = _texts.get()
    if texts is None:
        texts = Texts.load([])
        _texts.set(texts)
    return texts


def current_language() -> Language:
    """The language of the request that is being answered."""
    return _language.get()


def set_language(language: Language) -> None:
    """Speak ``language`` from here to the end of this request."""
    _language.set(language)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speak ``language`` inside the block: a printed paper, a spoken call, one listener's fragment."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def gettext(message: str) -> str:
    """The text of ``message`` in the current language."""
    return texts_now().translations(_language.get()).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The form of the text that ``n`` asks for, in the current language."""
    return texts_now().translations(_language.get()).ngettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """As gettext, for a word that means different things in different places."""
    return str(texts_now().translations(_language.get()).pgettext(context, message))


def npgettext(context: str, singular: str, plural: str, n: int) -> str:
    """As ngettext, with a context."""
    return texts_now().translations(_language.get()).npgettext(context, singular, plural, n)


def language_of(*, asked: str | None, cookie: str | None, accept_language: str = "") -> Language:
    """The language to answer in: asked for in the address, chosen before, preferred by a program, else Ukrainian."""
    for code in (asked, cookie, *_by_preference(accept_language)):
        for language in LANGUAGES:
            if code == language:
                return language
    return DEFAULT_LANGUAGE


def _by_preference(accept_language: str) -> list[str]:
    weighted = []
    for part in accept_language.split(",")[:10]:
        code, _, weight = part.strip().partition(";q=")
        try:
            weighted.append((-float(weight or 1), code.split("-")[0].lower()))
        except ValueError:
            continue
    return [code for _, code in sorted(weighted, key=lambda pair: pair[0])]


def keyed(kind: str, key: str) -> str:
    """The keyed text ``kind:key`` in the current language; the key itself when nobody wrote one."""
    return texts_now().keyed(f"{kind}:{key}", _language.get()) or key


def translate_refusal(refusal: Refusal, language: Language) -> str:
    """The sentence a person reads: ``refusal:<code>`` with its facts, or ``rule:<rule>`` for a refused field."""
    with speaking(language):
        if {"field", "rule"} <= refusal.facts.keys():
            return translate_rule(str(refusal.facts["rule"]), refusal.facts)
        sentence = texts_now().keyed(f"refusal:{refusal.code}", language)
        return (
            gettext("The office's rules do not allow this.") if sentence is None else _filled(sentence, refusal.facts)
        )


def translate_rule(rule: str, facts: Mapping[str, Fact]) -> str:
    """What a broken rule of a field asks for, in the current language."""
    sentence = texts_now().keyed(f"rule:{rule}", _language.get())
    return gettext("Check this value.") if sentence is None else _filled(sentence, facts)


def _filled(sentence: str, facts: Mapping[str, Fact]) -> str:
    try:
        return sentence % facts
    except (KeyError, TypeError, ValueError):  # a sentence that asks for a fact nobody gave: better bare than a 500
        return sentence
