"""Of an erased case no paper stays in the journal, also where the office ceased to read the case before."""

from functools import partial

import pytest

from edge_node.printing import commands, queries
from edge_node.printing.model import PackageItem
from edge_node.replication.commands import project_change
from sync.replication.inbox import DocumentChanged
from sync.vocabulary.ids import OfficeId
from tests.support.front_desk import FrontDesk


@pytest.mark.parametrize(("is_erased", "left"), [(False, 1), (True, 0)])
def test_the_papers_of_a_case_that_is_gone_stay_unless_it_was_erased(
    desk: FrontDesk, *, is_erased: bool, left: int
) -> None:
    order = partial(
        commands.order_inventory,
        case_id="case-1",
        items=(PackageItem(name="Заява", is_original=True, sheets=1),),
        order_id=desk.ids.new(),
        now=desk.clock.now(),
    )
    desk.store.run_now(order)
    gone = DocumentChanged(document_id="case-1", kind="case", view=None, is_erased=is_erased)
    desk.store.run_now(
        partial(project_change, changed=gone, office_id=OfficeId("SHV"), now=desk.clock.now(), ids=desk.ids)
    )
    papers = desk.store.read_now(partial(queries.papers_of, subject_id="case-1"))
    assert len(papers) == left
