"""What the app and its type-setting process say to each other, one JSON object a line."""

import msgspec


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One paper to set: where its HTML lies, where its PDF goes."""

    html_path: str
    pdf_path: str


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """The PDF is whole and in place; ``problem`` says why it is not."""

    problem: str | None = None
