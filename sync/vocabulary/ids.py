"""One type per kind of id: ULIDs as text, but for offices, whose id is their code (``SHV``)."""

from typing import NewType

OfficeId = NewType("OfficeId", str)
NodeId = NewType("NodeId", str)
DeskId = NewType("DeskId", str)
StaffId = NewType("StaffId", str)
ProviderId = NewType("ProviderId", str)
ServiceCode = NewType("ServiceCode", str)
TicketId = NewType("TicketId", str)
CaseId = NewType("CaseId", str)
DocumentId = NewType("DocumentId", str)
EventId = NewType("EventId", str)
OperationId = NewType("OperationId", str)
ChargeId = NewType("ChargeId", str)
ScanId = NewType("ScanId", str)
