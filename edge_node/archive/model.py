"""Scans, and why one is refused."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec

from sync.vocabulary.errors import NotFound, Refusal
from sync.vocabulary.ids import CaseId, OfficeId, ScanId, StaffId


class ScanKind(StrEnum):
    """What the scanned paper is; read through ``scan-kind:<value>``."""

    APPLICATION = "application"
    DOCUMENT = "document"
    RESULT = "result"
    OTHER = "other"


TITLE_LETTERS_MAX = 120
PAGES_MAX = 50  # a thicker file is scanned in parts
BATCH_KEPT_FOR = timedelta(days=1)  # pages of a person's papers lie in a folder only until somebody says what to do
TEXT_ATTEMPTS_MAX = 3  # a file that ends the recogniser, or the machine, is not tried for ever
OTHER_COUNT = "page-count"


class ScanWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lies in the feeder; the title is of the paper, never of the person."""

    kind: ScanKind = ScanKind.DOCUMENT
    title: Annotated[str, msgspec.Meta(max_length=TITLE_LETTERS_MAX)] = ""
    pages_expected: Annotated[int, msgspec.Meta(ge=1, le=PAGES_MAX)] | None = None


class ScanBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A scan that is not finished: its pages lie in a folder of this node and belong to no case yet.

    ``stopped_by`` is None while the scanner runs; else why the pages may not be all of them.
    """

    scan_id: ScanId
    case_id: CaseId
    kind: ScanKind
    title: str
    pages_expected: int | None = None
    pages: int = 0
    stopped_by: str | None = None
    begun_at: datetime


class TextJob(msgspec.Struct, frozen=True, kw_only=True):
    """A scan whose text is to be recognised, in the name of who scanned it; ``attempts`` counts beginnings."""

    scan_id: ScanId
    case_id: CaseId
    staff_id: StaffId
    office_id: OfficeId
    attempts: int = 0
    failed_because: str | None = None
    queued_at: datetime


class TextJobNotFound(NotFound):
    """No scan waits for a person's word about its text."""


class TextWanted(msgspec.Struct, frozen=True, kw_only=True):
    """A scan waits for its text."""

    scan_id: ScanId


class BatchStep(StrEnum):
    """What a person does with the pages of a batch."""

    CONTINUE = "continue"
    KEEP = "keep"
    DISCARD = "discard"


class BatchDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to become of a batch."""

    do: BatchStep


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """One scanned paper of a case as its document tells it; the bytes lie under ``sha256``.

    ``rendition_of`` names the scan of which this is the archive's file with text, made by a machine.
    """

    scan_id: ScanId
    case_id: CaseId
    kind: ScanKind
    title: str
    sha256: str
    size: int
    media_type: str
    pages: int
    resolution_dpi: int
    scanned_at: datetime
    rendition_of: ScanId | None = None


class ScanOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run: the scan, or the batch that waits for a person's word; neither after it was discarded."""

    scan: Scan | None = None
    batch: ScanBatch | None = None


class ScanNotFound(NotFound):
    """The case has no such scan, or its bytes are not here."""


class ScanBatchNotFound(NotFound):
    """The unfinished scan has been finished, discarded or has waited for longer than a day."""


class ScanElsewhere(Refusal):
    """The file is kept at the hub, which does not answer now."""

    status = 503


class ScanNotSentYet(NotFound):
    """The office that scanned it has not sent the file to the hub yet."""


class ScansOverQuota(Refusal):
    """The files that wait for the hub fill the room there is for scans: nothing may make way."""


class NoScanner(Refusal):
    """This office has no scanner that answers."""


class ScannerRefused(Refusal):
    """The scanner could not take a single page; ``reason`` says why."""


class PageDamaged(Refusal):
    """A page came out of the scanner incomplete; nothing was kept."""


class ScanTooLarge(Refusal):
    """The pages together are larger than a file of the archive may be."""
