"""python-escpos as encoder of pictures and cuts.

It reads a table of printers when it is imported, which takes half a second: only who prints waits for it.
"""

from functools import cache
from importlib import import_module
from types import ModuleType

from PIL import Image

PROFILE = "TM-T20II"  # only its width of 576 dots is used
FRAGMENT_ROWS = 960  # what the smallest buffers hold


@cache
def load() -> ModuleType:
    """The encoder's module."""
    return import_module("escpos.printer")


def raster(picture: Image.Image) -> bytes:
    """The bytes that print ``picture`` in strips of ``FRAGMENT_ROWS``, from the left edge."""
    printer = load().Dummy(profile=PROFILE)
    printer.image(picture, impl="bitImageRaster", center=False, fragment_height=FRAGMENT_ROWS)
    return bytes(printer.output)


def feed_and_cut() -> bytes:
    """The knife stands a finger above the dots: without the feed the last rows would hang on the next ticket."""
    printer = load().Dummy(profile=PROFILE)
    printer.cut(mode="PART")
    return bytes(printer.output)
