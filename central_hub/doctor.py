"""What ``central-hub doctor`` and ``/health/ready`` look at: each check says what is and what to do."""

from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from central_hub.directory import queries as directory
from central_hub.directory.commands import first_broken_entry
from central_hub.notifications import queries as notifications
from central_hub.notifications.model import MessageState
from central_hub.provisioning import queries as provisioning
from central_hub.settings import HubSettings, message_token
from central_hub.storage import HubStore, Reader, fixity, replica
from sync.cli.findings import Finding, access_log, disk_room, documents_merge
from sync.configuration import ConfigurationWrong
from sync.replication import authority

FREE_BYTES_MIN = 5 << 30  # a month of a city's scans
CERTIFICATE_DAYS_MIN = timedelta(days=15)  # it should have been renewed a fortnight ago
SILENT_AFTER = timedelta(minutes=10)


def examine(settings: HubSettings, *, now: datetime) -> list[Finding]:
    """Every check, in the order in which one would look."""
    findings = [
        disk_room(settings.folder, free_bytes_min=FREE_BYTES_MIN, larger="give the hub a larger disk"),
        documents_merge(),
    ]
    try:
        store = HubStore(settings.database)
    except SQLAlchemyError as error:
        what = f"it cannot be opened ({type(error).__name__})"
        return [*findings, Finding(check="database", state="fail", what=what, remedy="see database_url")]
    try:
        inside = store.read_now(lambda reader: _inside(reader, now))
        messages = store.read_now(lambda reader: _messages(reader, settings, now))
        return [*findings, *inside, messages, _certificates(settings, now)]
    finally:
        store.close()


def _inside(reader: Reader, now: datetime) -> list[Finding]:
    state = replica.state(reader)
    if state is None:
        return [Finding(check="database", state="fail", what="it is empty", remedy="central-hub init")]
    findings = [
        Finding(check="database", state="ok", what=f"incarnation {state.incarnation}, feed at {state.seq}"),
        access_log(first_broken_entry(reader)),
        _rot(reader, now),
    ]
    if directory.count_staff(reader) == 0:
        findings.append(Finding(check="staff", state="warn", what="nobody can sign in", remedy="central-hub staff add"))
    return [*findings, *_nodes(reader, now)]


def _rot(reader: Reader, now: datetime) -> Finding:
    """What the nightly look through documents, pages and files has found."""
    found = fixity.rot_lately(reader, now=now)
    if not found:
        return Finding(check="fixity", state="ok", what="nothing was found to have rotted in the last week")
    remedy = "look at the alarms on /city/quarantine; test the disk, and have the last backup at hand"
    return Finding(check="fixity", state="fail", what=f"{found} alarms of rotten bytes in a week", remedy=remedy)


def _messages(reader: Reader, settings: HubSettings, now: datetime) -> Finding:
    """Whether messages to people go out."""
    check, lines = "messages", notifications.standing(reader, now=now)
    what = "; ".join(f"{each.state} {each.count} since {each.since:%Y-%m-%d %H:%M} UTC" for each in lines) or "none"
    if settings.messages is None:
        return Finding(check=check, state="warn", what=what, remedy="nobody carries them: set [messages]")
    try:
        message_token(settings, settings.messages)
    except ConfigurationWrong as wrong:
        return Finding(check=check, state="warn", what=what, remedy=f"messages.token_file: {wrong}")
    troubles = {each.trouble for each in lines if each.state is MessageState.WAITING and each.trouble is not None}
    if troubles:
        remedy = f"the gateway takes nothing: {', '.join(sorted(troubles))}; see /city/quarantine"
        return Finding(check=check, state="warn", what=what, remedy=remedy)
    return Finding(check=check, state="ok", what=what)


def _nodes(reader: Reader, now: datetime) -> list[Finding]:
    findings = []
    for node in provisioning.enrolled_nodes(reader):
        if node.retired_at is None:
            seen_at = node.seen_at or node.enrolled_at
            is_silent = now - seen_at > SILENT_AFTER
            findings.append(
                Finding(
                    check=f"node {node.office_id}",
                    state="warn" if is_silent else "ok",
                    what=f"last heard {seen_at:%Y-%m-%d %H:%M} UTC",
                    remedy="check the line; the office works on" if is_silent else "",
                )
            )
    return findings


def _certificates(settings: HubSettings, now: datetime) -> Finding:
    check = "certificates"
    if settings.nodes is None:
        remedy = "set [nodes] in the configuration, and enrol the nodes again"
        return Finding(check=check, state="warn", what="nodes are served without the hub's own TLS", remedy=remedy)
    try:
        found = authority.standing(settings.authority_folder)
    except authority.AuthorityMissing:
        return Finding(check=check, state="warn", what="there is no authority yet", remedy="central-hub run makes it")
    what = (
        f"of the hub: ends {found.certificate_ends_at:%Y-%m-%d}; of its authority: {found.authority_ends_at:%Y-%m-%d}"
    )
    if now > found.certificate_ends_at:
        return Finding(check=check, state="fail", what=what, remedy="start the hub anew: it renews its certificate")
    if now > found.certificate_ends_at - CERTIFICATE_DAYS_MIN:
        return Finding(check=check, state="warn", what=what, remedy="the hub renews it while it runs: does it?")
    return Finding(check=check, state="ok", what=what)
