"""What goes wrong with a device: three things, no fourth.

The reason is a key in kebab-case (``paper-out``); the sentence for it stands in the app's catalogues.
"""


class BadCall(ValueError):  # noqa: N818 - the name is the fact
    """The caller's bug, found before anything was done: no such method, or arguments that do not fit it."""


class DeviceError(Exception):
    """The world failed; ``reason`` says how, ``ref`` names the act where there was one."""

    def __init__(self, reason: str, *, ref: str | None = None) -> None:
        super().__init__(reason, ref)
        self.reason = reason
        self.ref = ref

    def __str__(self) -> str:
        return self.reason if self.ref is None else f"{self.reason} ({self.ref})"


class Unavailable(DeviceError):  # noqa: N818 - the name is the fact
    """Nothing happened: the device could not be reached or is busy; the same act may be tried again."""


class NeedsAttention(DeviceError):  # noqa: N818 - the name is the fact
    """Nothing happened, and nothing will until a person has put in paper, cleared the jam or closed the cover."""


class OutcomeUnknown(DeviceError):  # noqa: N818 - the name is the fact
    """It may have happened. Never repeat the act; ``inquire`` ends it, or a person looks."""

    def __init__(self, ref: str, *, reason: str = "no-answer") -> None:
        super().__init__(reason, ref=ref)
