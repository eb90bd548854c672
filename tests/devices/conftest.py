from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.devices.serial_line import SerialLine


@pytest.fixture
def serial_line() -> Iterator[Callable[..., str]]:
    """Puts a serial cable in front of a device in the network; answers the port to open."""
    lines: list[SerialLine] = []

    def lay(address: str, *, tears_at: bytes | None = None) -> str:
        lines.append(SerialLine(address, tears_at=tears_at))
        return lines[-1].port

    yield lay
    for line in lines:
        line.close()


@pytest.fixture(scope="session")
def a_pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small PDF whose text can be read back, made by hand so that no test waits for a typesetter."""
    text = b"BT /F1 24 Tf 72 700 Td (Opys paketa) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    content, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 6\n0000000000 65535 f \n" + table
    content += head + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(content)
    path = tmp_path_factory.mktemp("documents") / "inventory.pdf"
    path.write_bytes(content)
    return path
