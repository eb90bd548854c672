"""A sample of every A4 paper, for looking at: ``python -m edge_node.printing.listeners.samples FOLDER``."""

import asyncio
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from msgspec import structs

from edge_node.printing.listeners.pdf import PdfSetter
from edge_node.printing.listeners.rendering import PaperRenderer
from edge_node.printing.listeners.sheets import BatchSheet, CaseHead, Letterhead, PathLine, Sheet
from edge_node.printing.model import SMALL_PAPERS, PackageItem, PaperKind, ReceiptFacts, RecipientSum, ShiftFacts
from sync.vocabulary.applicant import Applicant, DocumentKind, TaxIdKind
from sync.web.i18n import Texts

AT = datetime(2026, 11, 23, 8, 14, tzinfo=UTC)

LETTERHEAD = Letterhead(
    office_name="Шевченківський ЦНАП", address="м. Харків, просп. Науки, 17а", phone="+38 057 725 03 33"
)
CASE = CaseHead(
    number="SHV-2026-0001234-7",
    service_name="Державна реєстрація права власності на квартиру, об\u02bcєкт незавершеного будівництва",
    provider_name="Департамент реєстрації Харківської міської ради",
    applicant_name="Ґалаґан Їжакевич Єлизавета Ігорівна",
    registered_at=AT,
    due_on=date(2026, 12, 1),
    administrator_name="Олена Петренко",
)
ITEMS = (
    PackageItem(name="Заява про державну реєстрацію права", is_original=True, sheets=2),
    PackageItem(name="Паспорт громадянина України, сторінки з відмітками", is_original=False, sheets=3),
    PackageItem(name="Договір купівлі-продажу квартири, посвідчений нотаріально", is_original=True, sheets=8),
    PackageItem(name="Квитанція про сплату адміністративного збору", is_original=True, sheets=1),
)
RECEIPT = ReceiptFacts(
    amount_kopecks=104_542,
    paid_at=AT,
    terminal="TID 00112233",
    reference="632812345678",
    approval_code="123456",
    card_mask="5168 **** **** 1234",
)
SHIFT = ShiftFacts(
    shift_id="01SHIFT",
    number=128,
    terminal="payment-terminal",
    opened_at=AT,
    opened_by="Олена Петренко",
    closed_at=AT + timedelta(hours=9),
    closed_by="Ігор Ґалаґан",
    charges=14,
    charged_kopecks=1_204_542,
    voids=1,
    voided_kopecks=104_542,
    ledger_kopecks=1_100_000,
    terminal_kopecks=1_095_458,
    settlement="settled",
    recipients=(
        RecipientSum(name="Адміністративні послуги", charges=11, kopecks=900_000),
        RecipientSum(name="Супутні послуги", charges=3, kopecks=200_000),
    ),
)
APPLICANT = Applicant(
    last_name="Ґалаґан",
    first_name="Єлизавета",
    patronymic="Ігорівна",
    born_on=date(1985, 4, 23),
    tax_id_kind=TaxIdKind.RNOKPP,
    rnokpp="3116004526",
    document_kind=DocumentKind.ID_CARD,
    document_number="000123456",
    phone="+380671234512",
    address="м. Харків, вул. Сумська, буд. 10, кв. 4",
)
BATCH = BatchSheet(
    number="SHV-7K3QXA",
    handed_at=AT,
    handed_by="Олена Петренко",
    cases=tuple(
        structs.replace(
            CASE,
            number=f"SHV-2026-00012{number:02}-{number % 10}",
            provider_name=CASE.provider_name if number < 20 else "Головне управління Держгеокадастру",  # noqa: PLR2004 - two providers
        )
        for number in range(27)
    ),
)
STEPS = ("Зареєстровано", "Передано суб\u02bcєкту надання", "Прийнято суб\u02bcєктом надання", "Розпочато розгляд")


def sheet_of(kind: PaperKind) -> Sheet:
    """A sheet with everything that this kind of paper may show."""
    sheet = Sheet(letterhead=LETTERHEAD, case=CASE, printed_at=AT)
    answer_by = "SMS на номер +38 067 *** ** 12"
    shown: dict[PaperKind, Sheet] = {
        PaperKind.INVENTORY: structs.replace(sheet, items=ITEMS, answer_by=answer_by),
        PaperKind.APPLICATION: structs.replace(sheet, items=ITEMS, applicant=APPLICANT, answer_by=answer_by),
        PaperKind.COURIER_BATCH: Sheet(letterhead=LETTERHEAD, printed_at=AT, batch=BATCH),
        PaperKind.SHIFT_REPORT: Sheet(letterhead=LETTERHEAD, printed_at=AT, shift=SHIFT),
        PaperKind.TEST_PAGE: Sheet(letterhead=LETTERHEAD, printed_at=AT, trial_of="document-printer"),
        PaperKind.REFUND_APPLICATION: structs.replace(sheet, receipt=RECEIPT),
        PaperKind.PAYMENT_RECEIPT: structs.replace(sheet, receipt=RECEIPT, is_copy=True),
        PaperKind.PATH_SHEET: structs.replace(sheet, path=tuple(_line(number) for number in range(28))),
    }
    return shown.get(kind, structs.replace(sheet, decision="Надано"))


def _line(number: int) -> PathLine:
    return PathLine(
        at=AT + timedelta(hours=number * 3),
        kind=STEPS[number % len(STEPS)],
        actor_name="Олена Петренко",
        office_name=LETTERHEAD.office_name,
        note="Строк продовжено на 15 днів" if number == 5 else "",  # noqa: PLR2004 - one line with a note
    )


async def render_samples(folder: Path) -> list[Path]:
    """Write one PDF per kind of A4 paper into ``folder``; raises PaperNotSet."""
    renderer = PaperRenderer(Texts.load([Path(__file__).parents[2]]))
    setter = PdfSetter(folder)
    try:
        return [
            await setter.set(renderer.html(kind, sheet_of(kind)), job_id=kind.value)
            for kind in PaperKind
            if kind not in SMALL_PAPERS
        ]
    finally:
        await setter.close()


if __name__ == "__main__":
    asyncio.run(render_samples(Path(sys.argv[1])))
