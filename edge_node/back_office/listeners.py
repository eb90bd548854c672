"""Cases that changed, passed on to live pages."""

from edge_node.back_office.model import CASES_TOPIC, topic_of
from edge_node.case_register.model import CaseChanged
from sync.storage import Store
from sync.web.live import Broadcaster


def listen(store: Store, broadcaster: Broadcaster) -> None:
    """From now on pages that listen hear of a case after each commit."""

    def tell(event: CaseChanged) -> None:
        broadcaster.publish(CASES_TOPIC)
        broadcaster.publish(topic_of(event.case_id))

    store.subscribe(CaseChanged, tell)
