"""What a loudspeaker does."""

from datetime import datetime
from typing import Protocol

import msgspec

from device_drivers.driver import Condition

TEXT_LETTERS_MAX = 400
PIECES_MAX = 32
VOLUME_PERCENT_MAX = 100
LANGUAGES = {"uk": "uk", "en": "en-gb"}  # ours, and what voices call them


class Spoken(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The hall heard it; ``seconds`` is how long it took, ``wav_path`` what was played."""

    seconds: float
    wav_path: str


class Dropped(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It came too late to be of use and was not spoken."""

    age_seconds: float


class Loudspeaker(Protocol):
    """Speaks to one hall, one announcement after another."""

    def probe(self) -> Condition:
        """Voice and player."""
        ...

    def announce(
        self,
        text: str,
        *,
        language: str,
        asked_at: datetime,
        pieces: tuple[str, ...] = (),
        volume_percent: int = VOLUME_PERCENT_MAX,
    ) -> Spoken | Dropped:
        """Sound the gong and say ``text`` twice; letters and numbers are already words.

        ``language`` is ``uk`` or ``en``. ``pieces`` are the keys of recordings that say the same (``letter-a``,
        ``100``), for an office that has them; ``volume_percent`` (1 to 100) makes it quieter. Raises NeedsAttention
        when there is no voice or no sound: the call goes on, the board is the source of truth.
        """
        ...

    def close(self) -> None:
        """Fall silent."""
        ...
