"""Cases that changed, passed on to live pages."""

from edge_node.case_register.model import CaseChanged
from sync.storage import Store
from sync.web.live import Broadcaster

CASES_TOPIC = "cases"  # some case moved: lists ask again


def topic_of(case_id: str) -> str:
    """The topic of one case's page."""
    return f"case-{case_id}"


def listen(store: Store, broadcaster: Broadcaster) -> None:
    """From now on pages that listen hear of a case after each commit."""

    def tell(event: CaseChanged) -> None:
        broadcaster.publish(CASES_TOPIC)
        broadcaster.publish(topic_of(event.case_id))

    store.subscribe(CaseChanged, tell)
