"""What comes from the hub becomes rows of this node: in the transaction that stores it; and a new life begins."""

from datetime import datetime

from edge_node.archive.commands import archive_issued
from edge_node.case_register.commands import project, remove
from edge_node.case_register.model import Actor
from edge_node.catalogue.commands import project_office, project_service
from edge_node.printing.commands import forget_case
from edge_node.queue.commands import skip_tickets
from edge_node.replication import queries
from edge_node.replication.model import Restoration
from edge_node.staff.commands import project_member
from sync.ambient import Ids
from sync.replication.inbox import DocumentChanged
from sync.storage import Transaction
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.rights import NODE_ITSELF


def project_change(tx: Transaction, changed: DocumentChanged, *, office_id: OfficeId, now: datetime, ids: Ids) -> None:
    """Rebuild what the slices keep of one document; a case issued elsewhere is archived at its home office."""
    if changed.is_erased and changed.kind == "case":
        forget_case(tx, case_id=changed.document_id)
    if changed.view is None:
        if changed.kind == "case":  # reference data is never dropped, only replaced
            remove(tx, changed.document_id)
        return
    match changed.kind:
        case "case":
            case = project(tx, changed.document_id, changed.view)
            if not changed.is_erased and case.home_office_id == office_id:
                by = Actor(staff_id=NODE_ITSELF, office_id=office_id)
                archive_issued(tx, case_id=case.case_id, by=by, now=now, ids=ids)
        case "administrative_service":
            project_service(tx, changed.view)
        case "office":
            project_office(tx, changed.view)
        case "staff_member":
            project_member(tx, changed.view)


def note_restoration(tx: Transaction, *, now: datetime) -> None:
    """This database was brought back: give no visitor a number twice, and keep what can be known of what is missing.

    A database that was never worked with has nothing to miss.
    """
    stood_at = queries.stood_at(tx)
    if stood_at is None:
        return
    tickets, leases = skip_tickets(tx, stood_at=stood_at, now=now), queries.leases_left(tx)
    queries.add_restoration(tx, Restoration(restored_at=now, stood_at=stood_at, tickets=tickets, leases=leases))
