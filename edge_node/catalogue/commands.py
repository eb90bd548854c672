"""What may be done with the catalogue: take over what the hub publishes."""

import msgspec

from edge_node.catalogue import queries
from sync.documents.document import DocumentView
from sync.storage import Transaction
from sync.vocabulary.catalogue import AdministrativeService
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.office import Office

RECORD = "record"  # the field of a document of reference data that holds its struct as JSON


def project_service(tx: Transaction, view: DocumentView) -> AdministrativeService:
    """Keep this version of a service beside the earlier ones; raises ``InvalidInput`` when it holds no service."""
    try:
        service = msgspec.json.decode(str(view.fields.get(RECORD, "")), type=AdministrativeService)
    except msgspec.MsgspecError as error:
        raise InvalidInput(field=RECORD, rule="structure") from error
    queries.save_service(tx, service)
    return service


def project_office(tx: Transaction, view: DocumentView) -> Office:
    """Take over an office; raises ``InvalidInput`` when there is none in the document."""
    try:
        office = msgspec.json.decode(str(view.fields.get(RECORD, "")), type=Office)
    except msgspec.MsgspecError as error:
        raise InvalidInput(field=RECORD, rule="structure") from error
    queries.save_office(tx, office)
    return office
