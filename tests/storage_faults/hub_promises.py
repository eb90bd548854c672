"""What the hub's database promises after any accident, read with plain SQLite."""

import sqlite3
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from sync.documents import document as documents
from sync.replication.identity import link_hash
from sync.replication.messages import Operation
from tests.storage_faults.told import Told


class HubContent(msgspec.Struct, kw_only=True):
    """What a hub's database holds, as far as anything was told about it; and what contradicts itself in it."""

    enrolled: frozenset[str] = frozenset()
    leases: frozenset[tuple[int, int]] = frozenset()
    held: dict[str, int] = {}
    merged: dict[str, int] = {}
    faults: tuple[str, ...] = ()


def read_content(connection: sqlite3.Connection) -> HubContent:
    """Everything the promises of the hub are about."""
    connection.row_factory = sqlite3.Row
    problems = [str(row[0]) for row in connection.execute("pragma integrity_check") if row[0] != "ok"]
    tables = {row[0] for row in connection.execute("select name from sqlite_master")}
    if problems or "ended_grants" not in tables:
        return HubContent(faults=tuple(problems))
    own = connection.execute("select * from operations where node_id is not null order by node_id, oseq").fetchall()
    by_node: dict[str, list[sqlite3.Row]] = {}
    for row in own:
        by_node.setdefault(row["node_id"], []).append(row)
    leases = [(row[0], row[1]) for row in connection.execute("select first, last from number_leases order by first")]
    return HubContent(
        enrolled=frozenset(row[0] for row in connection.execute("select node_id from nodes")),
        leases=frozenset(leases),
        held={row["node_id"]: row["oseq"] for row in connection.execute("select node_id, oseq from streams")},
        merged={node: _merged_up_to(rows) for node, rows in by_node.items()},
        faults=(*problems, *_faults(connection, by_node, leases)),
    )


def _merged_up_to(rows: list[sqlite3.Row]) -> int:
    return min((row["oseq"] - 1 for row in rows if row["state"] != "merged"), default=rows[-1]["oseq"])


def _faults(
    connection: sqlite3.Connection, by_node: dict[str, list[sqlite3.Row]], leases: list[tuple[int, int]]
) -> Iterator[str]:
    streams = {row["node_id"]: row for row in connection.execute("select * from streams")}
    for node, rows in by_node.items():
        yield from _chain(rows, streams.get(node))
    for (_, last), (first, _) in pairwise(leases):
        if first <= last:
            yield f"two leases hold number {first}"
    seq = connection.execute("select seq from hub_state").fetchone()
    told = connection.execute("select max(seq) from feed").fetchone()[0]
    if told is not None and (seq is None or seq[0] < told):
        yield f"the feed tells {told}, the hub counts {seq and seq[0]}"
    held = {row["document_id"]: row["snapshot"] for row in connection.execute("select * from documents")}
    for row in (row for rows in by_node.values() for row in rows if row["state"] == "merged"):
        if row["client_id"] not in documents.clocks(held.get(row["document_id"], b"\0\0")):
            yield f"operation {row['oseq']} counts as merged and is not in its document"


def _chain(rows: list[sqlite3.Row], stream: sqlite3.Row | None) -> Iterator[str]:
    """The chain has no gap, every hash follows from the one before, and the head is its end."""
    head = b""
    for place, row in enumerate(rows, start=1):
        head = link_hash(head, _operation(row))
        if row["oseq"] != place or row["hash"] != head:
            yield f"operation {row['oseq']} does not follow from the one before"
    if stream is None or (stream["oseq"], stream["head_hash"]) != (len(rows), head):
        yield f"the stream stands at {stream and stream['oseq']}, its operations at {len(rows)}"


def _operation(row: sqlite3.Row) -> Operation:
    return msgspec.convert(
        {
            "operation_id": row["operation_id"],
            "document_id": row["document_id"],
            "kind": row["kind"],
            "oseq": row["oseq"],
            "client_id": row["client_id"],
            "made_at": row["made_at"],
            "update": row["body"],
            "generation": row["generation"],
            "rebase_of": row["rebase_of"],
        },
        Operation,
    )


def broken_promises(content: HubContent, told: list[Told]) -> Iterator[str]:
    """What was told and is not so."""
    yield from content.faults
    for each in told:
        if each.enrolled is not None and each.enrolled not in content.enrolled:
            yield "the node was enrolled and is unknown"
        if each.leased is not None and each.leased not in content.leases:
            yield f"numbers {each.leased} were leased and are free"
        if each.held is not None and content.held.get(each.node or "", 0) < each.held:
            yield f"the push was acknowledged up to {each.held}, the hub holds {content.held}"
        if each.merged is not None and content.merged.get(each.node or "", 0) < each.merged:
            yield f"merged up to {each.merged} was told, the hub has merged {content.merged}"
