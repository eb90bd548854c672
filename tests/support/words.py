"""What the pages say, out of the house's own catalogues: a test names the English sentence, in either language."""

from pathlib import Path
from typing import Literal

from sync.web.i18n import Language, Texts

ROOT = Path(__file__).parents[2]


class Words:
    """The words of one language at a node, or at the hub."""

    def __init__(self, language: Language, package: Literal["edge_node", "central_hub"] = "edge_node") -> None:
        self.language = language
        self._translations = Texts.load([ROOT / package]).translations(language)

    def __call__(self, message: str, **facts: object) -> str:
        """The text of an English sentence or of a keyed one."""
        text = self._translations.gettext(message)
        return text % facts if facts else text
