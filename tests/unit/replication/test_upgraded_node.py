"""A node of the first protocol, whose software is upgraded, hears what that protocol had no words for."""

from pathlib import Path

import pytest
import sqlite_utils

from sync.storage import Store, replica


@pytest.mark.parametrize(("heard", "refetch_after"), [("hub-life", ""), ("", None)])
def test_its_whole_scope_is_fetched_once_if_it_ever_heard_the_hub(
    tmp_path: Path, heard: str, refetch_after: str | None
) -> None:
    earlier = sqlite_utils.Database(tmp_path / "node.db")
    replica.migrations.apply(earlier, stop_before="scope_told_again")
    earlier.execute("update replica_link set hub_incarnation = ?, cursor = 7", [heard])
    earlier.conn.commit()
    earlier.close()
    for _ in range(2):
        store = Store(tmp_path / "node.db", [replica.migrations])
        assert store.read_now(replica.link).refetch_after == refetch_after
        assert store.read_now(replica.link).cursor == 7
        store.close()
