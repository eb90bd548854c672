"""What a node may do to the rules of appointments: set those of its own office, by whom may."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from central_hub.node_gateway.commands.judgement import Quarantined, Step, check_actor, is_by, scopes_of
from central_hub.storage.transaction import Reader, Transaction
from sync.documents.document import DocumentView
from sync.vocabulary.appointment_rules import RulesKind, document_id_of
from sync.vocabulary.ids import OfficeId


class AppointmentRulesRules:
    """The rules of documents of kind ``appointment_rules``."""

    def judge(self, reader: Reader, step: Step) -> None:
        """The one document of the sender's office, in which the rules are set anew and nothing else happens."""
        sender, before, after = step.sender, step.before, step.after
        if step.document_id != document_id_of(OfficeId(sender.office_id)):
            raise Quarantined("out-of-scope")
        if after.fields != {"office_id": sender.office_id} or after.attachments:
            raise Quarantined("field-fixed")
        if not before.events.items() <= after.events.items():
            raise Quarantined("event-changed")
        for event_id in after.events.keys() - before.events.keys():
            entry = after.events[event_id]
            if entry.get("kind") != RulesKind.RULES_SET or not is_by(sender, entry):
                raise Quarantined("event-not-yours")
            check_actor(reader, sender, entry)

    def readers(self, after: DocumentView) -> set[str]:
        """The office whose rules they are."""
        return scopes_of([after.fields.get("office_id")])

    def row(self, reader: Reader, step: Step, *, now: datetime) -> dict[str, object]:  # noqa: ARG002 - as the protocol
        """Nothing beside the document."""
        return {}

    def save(self, tx: Transaction, rows: Mapping[str, dict[str, object]], *, new_ids: AbstractSet[str]) -> None:
        """Nothing: the document says it all."""


APPOINTMENT_RULES = AppointmentRulesRules()
