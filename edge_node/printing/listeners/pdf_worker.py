"""The process that sets type: HTML in, PDF out, one request a line; killed by its parent when it takes too long.

Run as ``python -m edge_node.printing.listeners.pdf_worker``.
"""

import os
import signal
import sys
from pathlib import Path

import msgspec
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from edge_node.printing.listeners.pdf_wire import Done, Order

NICENESS = 10  # a queue of papers must not slow the hall down


def set_paper(order: Order, fonts: FontConfiguration) -> Done:
    """Write the PDF beside its place and move it there when it is whole."""
    target = Path(order.pdf_path)
    partial = target.with_suffix(".part")
    try:
        page = HTML(
            string=Path(order.html_path).read_text(encoding="utf-8"), url_fetcher=URLFetcher(allowed_protocols={"data"})
        )
        page.write_pdf(partial, font_config=fonts, pdf_identifier=False)
        partial.chmod(0o600)
        partial.replace(target)
    except (OSError, ValueError) as error:
        return Done(problem=type(error).__name__)
    return Done()


def main() -> None:
    """Answer every line until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C and systemd reach the whole group: the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(NICENESS)
    fonts = FontConfiguration()  # made once: half the time of a paper went into it
    for line in sys.stdin.buffer:
        done = set_paper(msgspec.json.decode(line, type=Order), fonts)
        sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
