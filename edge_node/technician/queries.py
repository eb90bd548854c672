"""What a technician may ask: states and counts, nothing of a person."""

from datetime import datetime, time

from device_drivers.ticket_printer.protocol import LineSize, PaperLine, TicketPaper
from device_drivers.trials import TrialWords
from edge_node.archive import queries as archive
from edge_node.archive.model import TextJob
from edge_node.case_register import queries as register
from edge_node.devices import queries as devices
from edge_node.printing import queries as printing
from edge_node.printing.model import PrintJob
from edge_node.technician.model import (
    DeviceView,
    LineFacts,
    NodeView,
    PaperToSettle,
    QuarantinedChange,
    ScanWithoutText,
)
from sync.replication.blob_rows import count_pending
from sync.replication.leases import numbers_left
from sync.replication.pairing import shown
from sync.storage import Reader, quarantine, replica
from sync.storage.quarantine import Quarantined
from sync.vocabulary.errors import NotFound
from sync.vocabulary.working_days import KYIV, local_day
from sync.web.i18n import current_language, gettext

ACTS_SHOWN_MAX = 20


def node_view(reader: Reader, *, now: datetime) -> NodeView:
    """The node as it stands at ``now``."""
    midnight = datetime.combine(local_day(now), time.min, tzinfo=KYIV)
    return NodeView(
        node_id=replica.stream(reader).node_id,
        devices=tuple(devices.health(reader)),
        papers=tuple(_to_settle(job) for job in printing.needing_attention(reader)),
        papers_today={each.state.value: each.jobs for each in printing.counts_since(reader, since=midnight)},
        line=line_facts(reader, now=now),
        quarantined=tuple(_to_decide(reader, each) for each in quarantine.quarantined(reader)),
        alarms=tuple(quarantine.alarms(reader)),
        texts=tuple(_without_text(reader, job) for job in archive.failed_text_jobs(reader)),
    )


def device_view(reader: Reader, *, name: str) -> DeviceView:
    """One device of the office; raises NotFound for a name that no configured device has."""
    device = devices.device(reader, name=name)
    if device is None:
        raise NotFound(what="device")
    return DeviceView(
        device=device,
        changes=tuple(devices.health_changes(reader, name=name)),
        acts=tuple(devices.acts_of_device(reader, name=name, limit=ACTS_SHOWN_MAX)),
    )


def trial_words() -> TrialWords:
    """What a trial prints and says, in the current language."""
    return TrialWords(
        heading=gettext("A check of the printer"),
        disclaimer=gettext("This is not a ticket."),
        sound=gettext("This is a check of the sound."),
        language=current_language(),
    )


def pairing_paper(code: str, *, office_id: str) -> TicketPaper:
    """The code by which the city lets this node in, in the current language."""
    lines = (
        PaperLine(text=gettext("The code of this node"), size=LineSize.LARGE),
        PaperLine(text=gettext("Office %(office)s") % {"office": office_id}),
        PaperLine(text=gettext("Read it to the technician of the city, and to nobody else.")),
        PaperLine(text=gettext("It is good for half an hour, once.")),
    )
    return TicketPaper(number=shown(code), lines=lines)


def line_facts(reader: Reader, *, now: datetime) -> LineFacts:
    """Where the node stands towards the hub."""
    link, waiting = replica.link(reader), replica.backlog(reader)
    return LineFacts(
        synced_at=link.synced_at,
        offline_since=link.offline_since,
        backlog_count=waiting.count,
        backlog_bytes=waiting.byte_count,
        backlog_oldest_at=waiting.oldest_at,
        blobs_pending=count_pending(reader),
        quarantined=replica.count_quarantined(reader),
        numbers_left=numbers_left(reader).get(local_day(now).year, 0),
        refused=quarantine.count_refusals(reader),
        frozen=link.frozen,
        clock_offset_seconds=None if link.clock_offset_seconds is None else round(link.clock_offset_seconds),
    )


def _to_decide(reader: Reader, change: Quarantined) -> QuarantinedChange:
    case = register.case(reader, case_id=change.document_id) if change.kind == "case" else None
    return QuarantinedChange(
        operation_id=change.operation_id,
        number=case.number if case else None,
        kind=change.kind,
        made_at=change.made_at,
        code=change.code,
        can_be_made_anew=change.can_be_made_anew,
    )


def _without_text(reader: Reader, job: TextJob) -> ScanWithoutText:
    case = register.case(reader, case_id=job.case_id)
    return ScanWithoutText(
        scan_id=job.scan_id,
        number=case.number if case else None,
        queued_at=job.queued_at,
        code=job.failed_because or "",
    )


def _to_settle(job: PrintJob) -> PaperToSettle:
    ticket = job.details.ticket
    return PaperToSettle(
        job_id=job.id,
        kind=job.kind,
        ticket_number=ticket.number if ticket else None,
        state=job.state,
        reason=job.reason,
        ordered_at=job.ordered_at,
    )
