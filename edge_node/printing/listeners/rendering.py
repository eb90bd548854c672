"""From a sheet to HTML for WeasyPrint: always in Ukrainian, the language of the forms (law 2704-VIII)."""

import base64
import io
from decimal import Decimal
from pathlib import Path

import jinja2
from barcode import Code128
from barcode.writer import SVGWriter
from num2words import num2words

from edge_node.printing.listeners.sheets import Sheet
from edge_node.printing.model import PaperKind
from sync.web.formats import FILTERS
from sync.web.i18n import Texts, gettext, keyed, ngettext, pgettext, speaking, use_texts

TEMPLATES = Path(__file__).parents[1] / "templates"
BARCODE_OPTIONS = {
    "write_text": False,  # the number stands under the bars in the paper's own type
    "module_height": 9.0,
    "module_width": 0.254,  # ten mils: what a hand-held reader of an office reads from laser paper
    "quiet_zone": 2.6,  # ten modules, as the standard asks
}


class PaperRenderer:
    """Makes the HTML of a paper; ``texts`` are the catalogues of the app."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext)  # type: ignore[attr-defined]
        self._environment.filters |= FILTERS
        self._environment.filters["in_words"] = amount_in_words
        self._environment.globals["keyed"] = keyed

    def speak(self) -> None:
        """Make the app's catalogues those of this task."""
        use_texts(self._texts)

    def html(self, kind: PaperKind, sheet: Sheet) -> str:
        """The paper as one HTML document that loads nothing from anywhere."""
        self.speak()
        with speaking("uk"):
            template = self._environment.get_template(f"printing/{kind.value}.html")
            return template.render(sheet=sheet, case=sheet.case, barcode=barcode_picture(sheet.number))


def barcode_picture(number: str) -> str:
    """The number as Code 128 bars, an address that holds the picture itself."""
    drawn = io.BytesIO()
    Code128(number, writer=SVGWriter()).write(drawn, BARCODE_OPTIONS)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode()}"


def amount_in_words(kopecks: int) -> str:
    """``45,42`` as ``Сорок п'ять гривень 42 копійки``: hryvnias in words, kopecks in digits, as receipts have it."""
    hryvnias, rest = divmod(kopecks, 100)
    words = str(num2words(Decimal(hryvnias), lang="uk", to="currency", currency="UAH")).partition(",")[0]
    return f"{words[:1].upper()}{words[1:].replace(chr(39), chr(0x2BC))} {rest:02d} {_kopecks_word(rest)}"


def _kopecks_word(count: int) -> str:
    if count % 10 == 1 and count != 11:  # noqa: PLR2004 - одинадцять копійок
        return "копійка"
    if count % 10 in {2, 3, 4} and count // 10 != 1:
        return "копійки"
    return "копійок"
