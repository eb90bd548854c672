"""QR codes on screens."""

import segno
from markupsafe import Markup


def qr_svg(text: str) -> Markup:
    """A QR code, to be read from a screen 30 cm away."""
    drawn = segno.make(text, error="m").svg_inline(omitsize=True, border=2, dark="#16202c", light="#ffffff")
    return Markup(drawn)  # noqa: S704 - drawn by segno out of an address or a code of ours
